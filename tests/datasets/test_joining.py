"""Joined clips: nothing of a clip is lost, and results go back to the clip that they are of."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from emotoolkit import Recording, join_clips
from emotoolkit.datasets.joining import cut_to_clip, without_overall
from emotoolkit.errors import SettingsError
from tests.support.media_files import film


def table_of(places, name="joined.wav"):
    """A table of results with a row at each place."""
    starts, ends = (pd.to_timedelta(list(times), unit="s") for times in zip(*places, strict=True))
    index = pd.MultiIndex.from_arrays([[name] * len(places), starts, ends], names=["file", "start", "end"])
    return pd.DataFrame({"value": range(len(places))}, index=index)


def test_each_sample_is_there(tmp_path):
    """Clips of sound lie in the joined file sample for sample, with silence between."""
    rng = np.random.default_rng(1)
    clips = [rng.integers(-20_000, 20_000, size).astype(np.int16) for size in (8000, 12_345, 16_000)]
    for number, samples in enumerate(clips):
        soundfile.write(tmp_path / f"{number}.wav", samples, 16_000)
    joined = join_clips(pd.DataFrame({"file": [f"{tmp_path}/{n}.wav" for n in range(3)]}), tmp_path / "j", silence=0.5)
    assert joined["joined"].nunique() == 1
    whole, _ = soundfile.read(joined["joined"][0], dtype="int16")
    sounding = np.zeros(len(whole), bool)
    for row, samples in zip(joined.itertuples(), clips, strict=True):
        begin = round(row.joined_start.total_seconds() * 16_000)
        assert np.array_equal(whole[begin : begin + len(samples)], samples)
        sounding[begin : begin + len(samples)] = True
    assert not whole[~sounding].any()
    assert (~sounding).sum() == 3 * 8000


def test_long_clips_stay(tmp_path, sample):
    """Only short clips are joined; clips that cannot be opened are left to the plan; a full recording takes no more."""
    rows = [("talk.wav", 0, 30), *(("talk.wav", second, second + 2) for second in range(0, 10, 2)), ("gone.wav", 0, 1)]
    clips = pd.DataFrame(rows, columns=["file", "start", "end"]).assign(file=lambda t: f"{sample}/" + t["file"])
    joined = join_clips(clips, tmp_path, length=6)
    assert joined["joined"].isna().tolist() == [True, False, False, False, False, False, True]
    assert joined["joined"].nunique() == 2


def test_films(tmp_path):
    """Films are joined with their pictures and their sound; joined again they are the same file."""
    for number in range(2):
        film(tmp_path / f"{number}.mp4", "libx264", "aac", seconds=2.0)
    clips = pd.DataFrame({"file": [f"{tmp_path}/{number}.mp4" for number in range(2)]})
    joined = join_clips(clips, tmp_path / "j", silence=1.0)
    (path,) = joined["joined"].unique()
    recording = Recording(path)
    assert recording.video is not None
    assert recording.audio.sampling_rate == 44_100
    assert recording.duration == pytest.approx(joined["joined_end"].dt.total_seconds()[1] + 1.0, abs=0.05)
    sound = np.concatenate([*recording.blocks()])[:, 0]
    heard = [np.abs(sound[round(44_100 * at) :][:4410]).max() > 0.1 for at in (0.5, 1.5, 2.5, 3.5, 4.5, 5.5)]
    assert heard == [True, True, False, True, True, False]
    before = recording.path.read_bytes()
    join_clips(clips, tmp_path / "j", silence=1.0)
    assert recording.path.read_bytes() == before


def test_two_tables_in_one_folder(tmp_path, sample):
    """What is joined later leaves what is there as it is; the same clips joined again have the same names."""

    def clips(file):
        return pd.DataFrame({"file": f"{sample}/{file}", "start": [0.0, 2.0, 4.0], "end": [2.0, 4.0, 6.0]})

    talk = join_clips(clips("talk.wav"), tmp_path, length=4)["joined"]
    before = {name: Path(name).read_bytes() for name in talk}
    call = join_clips(clips("call.wav"), tmp_path, length=4)["joined"]
    assert talk.nunique() == call.nunique() == 2
    assert not {*talk} & {*call}
    assert {name: Path(name).read_bytes() for name in talk} == before
    assert join_clips(clips("talk.wav"), tmp_path, length=4)["joined"].tolist() == talk.tolist()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30)), min_size=1),
    st.integers(1, 20),
    st.integers(1, 20),
    st.integers(0, 100),
)
def test_each_result_goes_to_its_clip(places, length, silence, start):
    """Clips side by side: each gets what touches it, cut to it, in its own time; together they get all but the gaps."""
    table = table_of([(begin, begin + lasts) for begin, lasts in places])
    covered = pd.Timedelta(0)
    for begin in range(0, 90, length + silence):
        clip = cut_to_clip(table, "clip.wav", begin, begin + length, start)
        starts, ends = (clip.index.get_level_values(level).total_seconds() for level in ("start", "end"))
        assert ((starts >= start) & (ends <= start + length) & (starts < ends)).all()
        assert set(clip.index.get_level_values("file")) <= {"clip.wav"}
        covered += pd.Timedelta((ends - starts).to_numpy().sum(), "s")
    inside = sum(
        max(0, min(begin + lasts, at + length) - max(begin, at))
        for begin, lasts in places
        for at in range(0, 90, length + silence)
    )
    assert covered.total_seconds() == pytest.approx(inside)


def test_moments_and_what_has_no_end():
    """Moments at a clip's edges are the clip's, and what has no end is, without one; the next clip has its own."""
    table = table_of([(0, 0), (1, 1), (2, 2), (0, np.nan), (3, 3), (4, 4), (5, 6)])
    first = cut_to_clip(table, "clip.wav", 0.0, 2.0, 10.0)
    assert first["value"].tolist() == [0, 1, 2, 3]
    assert first.index.get_level_values("start").total_seconds().tolist() == [10, 11, 12, 10]
    assert first.index.get_level_values("end").total_seconds().tolist()[:3] == [10, 11, 12]
    assert pd.isna(first.index.get_level_values("end")[3])
    closed = table[table.index.get_level_values("end").notna()]
    assert cut_to_clip(closed, "clip.wav", 4.0, 6.0, 0.0)["value"].tolist() == [5, 6]


def test_what_is_of_the_session_is_of_no_clip():
    """A running overall of a joined session says nothing about one clip."""
    table = table_of([(0, 5), (0, 10)]).assign(scope=["timeline", "overall"])
    assert without_overall(table)["scope"].tolist() == ["timeline"]


def test_numbers():
    """Lengths are above 0."""
    with pytest.raises(SettingsError, match="silence=0 is not legal here"):
        join_clips(pd.DataFrame({"file": ["a.wav"]}), "joined", silence=0)
