"""Mistakes at the notebook's door: the wrong kind of thing is met with a sentence that says what to type instead."""

import pytest

import emotoolkit as emo
from emotoolkit.errors import DatasetError, IsFolder, SettingsError, WrongKind
from tests.support import made_tables


@pytest.fixture(scope="module")
def voice():
    """A replay of a voice."""
    return made_tables.voice()


@pytest.mark.parametrize(
    ("function", "attribute"),
    [
        ("plot_segments", "segments"),
        ("plot_parameters", "segments"),
        ("plot_signals", "signals"),
        ("plot_engagement", "engagement"),
        ("plot_quality", "quality"),
        ("turns", "segments"),
        ("speakers", "segments"),
    ],
)
def test_a_replay_in_place_of_a_table(function, attribute, voice):
    """Functions of a table say which table of the replay they want."""
    with pytest.raises(WrongKind, match=rf"{function} takes a table, not a Replay.* replay\.{attribute}\."):
        getattr(emo, function)(voice)


@pytest.mark.parametrize("function", ["plot_segments", "plot_signals", "turns", "speakers"])
def test_a_table_that_lost_its_index(function, voice):
    """A table of which the times have become columns is said to have lost them, with what puts them back."""
    with pytest.raises(WrongKind, match=rf"{function} takes a table with .*start, end in its index, not one without"):
        getattr(emo, function)(voice.segments.reset_index())


def test_turns_are_of_a_file(voice):
    """Who is in which file must be known, and is said to be missing."""
    with pytest.raises(WrongKind, match=r"not one without file.*set_index\(\['file', 'start', 'end'\]\)"):
        emo.turns(voice.segments.droplevel("file"))


@pytest.mark.parametrize("function", ["plot_pace", "plot_latency", "plot_compare"])
def test_a_table_in_place_of_a_replay(function, voice):
    """Functions of replays want whole replays."""
    with pytest.raises(WrongKind, match=rf"{function} takes Replays, not a DataFrame.*emo\.replay"):
        getattr(emo, function)(voice.segments, voice.segments)


def test_a_timeline_takes_a_path(sample):
    """What replays a path also draws one."""
    assert emo.plot_timeline(sample / "talk.wav").axes
    assert emo.plot_waveform(str(sample / "talk.wav")).collections


def test_a_timeline_the_wrong_way_round(voice, talk):
    """A recording comes first, replays of it after it."""
    with pytest.raises(WrongKind, match=r"plot_timeline takes Replays, not a Recording"):
        emo.plot_timeline(talk, talk)
    with pytest.raises(WrongKind, match=r"plot_timeline takes a Recording or a path, not a DataFrame"):
        emo.plot_timeline(voice.segments)


def test_a_table_is_not_exported(voice, tmp_path):
    """Who measured, and of what file, is known by the replay alone."""
    with pytest.raises(WrongKind, match=r"export takes a Replay, a Run or a list of them, not a DataFrame"):
        emo.export(voice.segments, "eaf", tmp_path)


def test_one_replay_of_several_would_be_lost(talk):
    """`replay` gives one Replay, so it takes one recording and one API: nothing is sent that would be thrown away."""
    with pytest.raises(SettingsError, match=r"emo\.replay takes one; emo\.Player takes several"):
        emo.replay(talk, [emo.EmotionLogic(), emo.Interhuman()])
    with pytest.raises(SettingsError, match=r"recording=.*emo\.Player takes several"):
        emo.replay([talk, talk], emo.EmotionLogic())


def test_a_folder_is_no_recording(sample):
    """A folder is said to be one."""
    with pytest.raises(IsFolder, match=r"is a folder, and a recording is one file\. emo\.read_dataset"):
        emo.Recording(sample)


def test_a_file_that_is_no_manifest():
    """A file that is there is not said to be missing."""
    with pytest.raises(DatasetError, match=r"neither a folder nor a manifest, which ends in \.csv or \.parquet"):
        emo.read_dataset(__file__)


def test_a_path_in_place_of_a_dataset(sample):
    """Where a dataset is wanted, the path that `read_dataset` reads will do."""
    assert (
        emo.plan(sample, emo.EmotionLogic()).recordings
        == emo.plan(emo.read_dataset(sample), emo.EmotionLogic()).recordings
    )


@pytest.mark.parametrize("api", ["emotion_logic", emo.EmotionLogic, None])
def test_no_api(api, sample, tmp_path):
    """A name, a class or nothing in place of an API is told what an API looks like, before anything is read."""
    with pytest.raises(SettingsError, match=r"it must be an API, such as emo\.EmotionLogic\(\)"):
        emo.plan(sample, api)
    with pytest.raises(SettingsError, match=r"it must be an API, such as emo\.EmotionLogic\(\)"):
        emo.replay_dataset(sample, api, folder=tmp_path)


def test_one_word_in_place_of_a_list():
    """A single name of what to include is not taken apart into its letters."""
    with pytest.raises(SettingsError, match=r"include='conversation_quality_overall' is not legal here: it is a list"):
        emo.Interhuman(include="conversation_quality_overall")
