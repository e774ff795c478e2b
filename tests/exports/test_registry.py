"""One law for all formats: what goes out comes back equal."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import assume, given, settings

from emotoolkit import export, read_labels
from emotoolkit.errors import SettingsError
from emotoolkit.exports import labels, registry
from emotoolkit.exports.labels import Label
from tests.support.examples import examples
from tests.support.made_exports import LABELS, Results, rounded

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")  # what audformat says to pandas

WHOLE = ["csv", "parquet", "audformat", "eaf", "bids", "webvtt", "label-studio"]
"""Formats that keep who measured and the recording's name."""

PANDAS_2 = pd.__version__.startswith("2.")
"""Its `read_csv` ends a cell at a zero character."""


def back(paths: tuple[Path, ...]) -> pd.DataFrame:
    """Read all files of labels again, as one table."""
    chosen = [path for path in paths if path.stem == "tracks"] or [
        path for path in paths if path.suffix != ".xml" and not path.name.endswith("_events.json")
    ]
    return labels.make_table(row for path in chosen for row in labels.iterate_labels(read_labels(path)))


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=examples(40))
@given(found=LABELS)
def test_comes_back_equal(name, tmp_path_factory, found):
    """Any labels: overlapping, without length, empty, of any script, on several lines, with any number."""
    assume(name != "csv" or not PANDAS_2 or not any("\x00" in each.track + each.label for each in found))
    paths = export(Results(found), name, tmp_path_factory.mktemp("out"))
    expected = labels.make_table(rounded(found, registry.load_format(name).RESOLUTION_US))
    pd.testing.assert_frame_equal(back(paths), expected)


@pytest.mark.parametrize("name", ["textgrid", "rttm"])
@settings(max_examples=examples(40))
@given(found=LABELS)
def test_comes_back_equal_but_for_what_has_no_place(name, tmp_path_factory, found):
    """A TextGrid and an RTTM have no place for who measured and for the suffix, an RTTM none for the API."""
    tracks = list({each.track for each in found})
    paths = export(Results(found), name, tmp_path_factory.mktemp("out"), tracks=tracks)
    bare = [each._replace(source="", file=Path(each.file).stem) for each in found]
    if name == "rttm":
        bare = [each._replace(api="") for each in bare]
    pd.testing.assert_frame_equal(back(paths), labels.make_table(bare))


@pytest.mark.parametrize("name", registry.FORMAT_MODULES)
def test_nothing_to_tell(name, tmp_path):
    """A replay without any result leaves whole files behind, and no part of one."""
    paths = export(Results([]), name, tmp_path)
    assert paths
    assert len(back(paths)) == 0
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.parametrize("name", registry.FORMAT_MODULES)
def test_once_more(name, tmp_path):
    """A second export replaces the first."""
    for text in ("first", "second"):
        paths = export(Results([Label("a.wav", 0, 10_000, "interhuman", "signal", text, 1.0)]), name, tmp_path)
    if name != "rttm":  # nobody speaks in these
        assert back(paths)["label"].tolist() == ["second"]


def test_any_spelling():
    """A format is found by its usual spellings; what there is not is an error that names what there is."""
    assert registry.load_format(".EAF") is registry.load_format("eaf")
    assert registry.load_format("Label_Studio") is registry.load_format("label-studio")
    with pytest.raises(SettingsError, match=r"it must be one of csv, parquet, .*, cassettes"):
        registry.load_format("xls")
    with pytest.raises(SettingsError, match=r"labels are read from \.csv, .* and folders of audformat"):
        registry.format_of_path(Path("a.xls"))
