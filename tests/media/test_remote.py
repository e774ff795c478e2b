"""Remote files: copied for as long as they are needed."""

import fsspec
import pytest

from emotoolkit import Recording
from emotoolkit.errors import NoSuchFile
from emotoolkit.media.remote import is_remote, local_copy


@pytest.fixture
def remote(talk):
    """The talk, in fsspec's memory."""
    address = "memory://corpus/talk.wav"
    with fsspec.open(address, "wb") as file:
        file.write(talk.path.read_bytes())
    yield address
    fsspec.filesystem("memory").rm("/corpus", recursive=True)


@pytest.mark.parametrize(
    ("file", "remote"),
    [
        ("s3://corpus/a.wav", True),
        ("memory://a.wav", True),
        ("a.wav", False),
        ("/corpus/a.wav", False),
        (r"C:\a.wav", False),
    ],
)
def test_an_address_has_a_scheme(file, remote):
    """What has none is a file of this machine, drives included."""
    assert is_remote(file) is remote


def test_a_local_file_is_not_copied(talk):
    """It is given as it is, and stays."""
    with local_copy(str(talk.path)) as path:
        assert path == talk.path
    assert talk.path.exists()


def test_a_remote_file_is_copied_and_removed(talk, remote):
    """The copy has the same name and bytes, can be opened as a recording, and is gone afterwards."""
    with local_copy(remote) as path:
        assert path.name == "talk.wav"
        assert path.read_bytes() == talk.path.read_bytes()
        assert Recording(path).duration == talk.duration
    assert not path.parent.exists()


def test_the_copy_is_removed_after_an_error(remote):
    """Whatever happens while it is used."""
    with pytest.raises(ZeroDivisionError), local_copy(remote) as path:
        raise ZeroDivisionError
    assert not path.exists()


def test_nothing_at_an_address(remote):
    """The sentence says which file, and where it was looked for."""
    with pytest.raises(NoSuchFile) as raised, local_copy("memory://corpus/other.wav"):
        pass
    assert (raised.value.facts["file"], raised.value.facts["folder"]) == (
        "memory://corpus/other.wav",
        "memory://corpus",
    )
