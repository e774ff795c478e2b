"""Tables of turns, of any table of segments."""

import math

import pandas as pd
import pytest

import emotoolkit as emo


def segments(*rows: tuple[str, int, float, float]) -> pd.DataFrame:
    """A table of segments of (file, channel, start, end)."""
    files, channels, starts, ends = zip(*rows, strict=True) if rows else ((), (), (), ())
    times = (pd.to_timedelta(list(each), unit="s") for each in (starts, ends))
    index = pd.MultiIndex.from_arrays([pd.Index(files, dtype="str"), *times], names=["file", "start", "end"])
    return pd.DataFrame({"channel": pd.Series(channels, dtype="int64").array}, index)


def test_files_are_kept_apart():
    """Nobody answers in another recording."""
    table = segments(("a.wav", 0, 0.0, 1.0), ("a.wav", 1, 1.5, 2.0), ("b.wav", 0, 3.0, 4.0), ("b.wav", 0, 5.0, 6.0))
    got = emo.turns(table)
    assert list(got.index.get_level_values("file")) == ["a.wav", "b.wav"]
    assert list(got["kind"]) == ["gap", "pause"]
    assert emo.speakers(table).loc["a.wav", "speech"].to_list() == [1.0, 0.5]


def test_what_there_is_none_of_is_nan():
    """A speaker without pauses and turns has no lengths of them."""
    alone = emo.speakers(segments(("a.wav", 0, 0.5, 1.5))).loc[("a.wav", 0)]
    assert (alone["speech"], alone["onset"], alone["pauses"], alone["pause_share"]) == (1.0, 0.5, 0, 0.0)
    assert math.isnan(alone["pause_mean"])
    assert math.isnan(alone["response"])


def test_what_does_not_last_is_no_speech():
    """A row without a length or without an end, such as a mark, changes nothing in what the others say."""
    rows = [("a.wav", 1, 2.0, 4.0), ("a.wav", 1, 5.0, 6.0)]
    marked = segments(("a.wav", 0, 1.0, 1.0), *rows, ("a.wav", 0, 7.0, 8.0), ("a.wav", 1, 9.0, math.nan))
    plain = segments(*rows, ("a.wav", 0, 7.0, 8.0))
    pd.testing.assert_frame_equal(emo.turns(marked), emo.turns(plain))
    pd.testing.assert_frame_equal(emo.speakers(marked), emo.speakers(plain))
    silent = emo.speakers(segments(("a.wav", 0, 1.0, 1.0), *rows)).loc[("a.wav", 0)]
    assert (silent["speech"], silent["utterances"], silent["overlapped"]) == (0, 0, 0)
    assert math.isnan(silent["pause_share"])


def test_nobody_speaks():
    """Of no segments there are empty tables with the same columns and types."""
    full = segments(("a.wav", 0, 0.0, 1.0), ("a.wav", 1, 1.5, 2.0))
    for table in (emo.turns, emo.speakers):
        assert len(table(segments())) == 0
        pd.testing.assert_series_equal(table(segments()).dtypes, table(full).dtypes)
        assert table(segments()).index.names == table(full).index.names


def test_they_say_what_they_mean(sample):
    """A replayed call has its turns by name, with units, and who measured."""
    settings = emo.EmotionLogic(channels="both")
    replay = emo.replay(sample / "call.wav", settings, speed=math.inf, progress=False)
    got = emo.turns(replay.segments)
    assert list(got["kind"]) == ["gap"] * 3 + ["overlap"] + ["gap"] * 3
    assert got["offset"].iloc[3] == pytest.approx(-1.2, abs=0.2)
    for table in (got, emo.speakers(replay.segments)):
        assert set(table.attrs["units"]) == set(table.columns) | ({"kind"} & set(table.columns))
        assert table.attrs["source"].startswith("local measurement")
