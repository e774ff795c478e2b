"""What is published of a path."""

import pytest

from emotoolkit.exports.formats.cassette import _public_names


@pytest.mark.parametrize(
    "file",
    [
        *("/home/eva/x.wav", "../eva/x.wav", "a/../../eva/x.wav", "~/x.wav", "~eva/x.wav"),
        *("C:\\eva\\x.wav", "..\\eva\\x.wav", "\\\\eva\\share\\x.wav", "\\eva\\x.wav"),
        *("file:///home/eva/x.wav", "s3://eva/x.wav"),
    ],
)
def test_a_path_that_leads_out_is_its_name_alone(file):
    """What says where on a machine, or on which, a recording lies is not published."""
    assert _public_names([file]) == ["x.wav"]


@pytest.mark.parametrize("file", ["x.wav", "corpus/a/x.wav", "corpus\\x.wav", "a~b/..x.wav"])
def test_a_path_in_a_dataset_stays(file):
    """A relative path says where in a dataset a recording is."""
    assert _public_names([file]) == [file]
