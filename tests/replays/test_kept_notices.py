"""Each kind of notice, provoked for real: given once, kept in the journal, and shown wherever the replay is."""

from __future__ import annotations

import math
import pickle
import warnings
import zipfile
from contextlib import ExitStack
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

import emotoolkit as emo
from emotoolkit.apis.base.journal import Ended, Notice
from emotoolkit.errors import (
    ChangedSoundWarning,
    HeaderWarning,
    ImpossibleTimesWarning,
    MixedWarning,
    NothingAnsweredWarning,
    NoticeWarning,
    NotWritable,
    ReportMissingWarning,
    SamplesWarning,
    SegmentTimesWarning,
    SilentTrackWarning,
    TrackLeftOutWarning,
    TruncatedWarning,
    UnheardWarning,
    UnreadWarning,
    notice_by_name,
    notice_kinds,
)
from emotoolkit.replays.journal_writer import append_records
from emotoolkit.views.view_log import MarkEntry, ViewLog
from emotoolkit.views.view_sources import group_sources
from tests.support import scripted_interhuman
from tests.support.media_files import film, talking_film
from tests.support.odd_files import four_letters, patched, wave_size
from tests.support.scripted_emotion_logic import NoReport, ReportFails, Scripted, serving


def mute(connection):
    """Take everything, and say nothing."""
    scripted_interhuman.media_until_close(connection)


def answering(start):
    """Say only of a signal, which begins there, whatever was sent."""

    def script(connection):
        scripted_interhuman.media_until_close(connection)
        text = scripted_interhuman.say("signal.detected", signal_type="interest", start=start, end=start + 1.0)
        connection.send(text)

    return script


class OtherWords(Scripted):
    """A server that was updated: it answers in a shape of its own."""

    async def complete(self, sid):
        await self.emit("audio-analysis", {"success": True, "data": {"segment": [1]}}, to=sid)
        await super().complete(sid)


class Scene:
    """What the cases are made of: the talk, a folder, and servers that are closed at the end."""

    def __init__(self, talk, folder, stack):
        self.talk, self.folder, self.stack = talk, folder, stack

    def sound(self, *channels):
        """A recording of channels, each made of the talk's samples."""
        samples, rate = soundfile.read(self.talk.path)
        path = self.folder / "made.wav"
        soundfile.write(path, np.stack([each(samples) for each in channels], axis=1), rate, subtype="PCM_16")
        return path

    def cut(self):
        """A film that ends before its header's promise."""
        whole = film(self.folder / "film.mkv", "libx264", "pcm_s16le", 44_100, seconds=6.0).read_bytes()
        path = self.folder / "cut.mkv"
        path.write_bytes(whole[: len(whole) // 2])
        return path

    def crashed(self):
        """A recording whose recorder lost power."""
        return patched(self.sound(same), wave_size(0))

    def loud(self):
        """Floats beyond full scale."""
        samples, rate = soundfile.read(self.talk.path)
        soundfile.write(self.folder / "loud.wav", samples * 8, rate, subtype="FLOAT")
        return self.folder / "loud.wav"

    def joined(self):
        """One recording of one channel, and one of two."""
        samples, rate = soundfile.read(self.talk.path)
        path = self.folder / "joined.mp3"
        for channels in (1, 2):
            soundfile.write(self.folder / "part.mp3", np.stack([samples] * channels, axis=1), rate, format="MP3")
            with path.open("ab") as file:
                file.write((self.folder / "part.mp3").read_bytes())
        return path

    def half_unknown(self):
        """A film whose pictures are of a codec that nobody knows."""
        return patched(self.talking_film(self.folder / "half.mp4"), four_letters(b"avc1", b"zzzz"))

    def talking_film(self, path, *, silent_first=False):
        """The talk as a film, on request with a silent track before it."""
        samples, rate = soundfile.read(self.talk.path, dtype="float32")
        return talking_film(path, [0 * samples, samples] if silent_first else [samples], rate)

    def short(self):
        """A short film."""
        return film(self.folder / "short.mp4", "libx264", "aac", seconds=7.0)

    def voice(self, namespace, **settings):
        """A scripted Emotion Logic."""
        return emo.EmotionLogic(url=self.stack.enter_context(serving(namespace)), **settings)

    def face(self, script=mute, **settings):
        """A scripted Interhuman."""
        url = self.stack.enter_context(scripted_interhuman.serving(script))
        return emo.Interhuman(url=url, timeout=0.3, warm_up=1.0, **settings)


def same(samples):
    return samples


def later(samples):
    return np.roll(samples, len(samples) // 3)


def soft(samples):
    return samples * 10 ** (-24 / 20)


def too_loud(samples):
    return np.clip(40 * samples, -1, 1)


def silent(samples):
    return 0 * samples


CASES = {
    "mixed": (MixedWarning, lambda at: (at.sound(same, later), emo.EmotionLogic()), 'EmotionLogic(channels="both")'),
    "unheard": (UnheardWarning, lambda at: (at.sound(soft), emo.EmotionLogic()), "EmotionLogic(background_noise="),
    "too loud": (SamplesWarning, lambda at: (at.sound(too_loud), emo.EmotionLogic()), ""),
    "unread": (UnreadWarning, lambda at: (at.talk.path, at.voice(OtherWords())), ""),
    "cut": (TruncatedWarning, lambda at: (at.cut(), emo.EmotionLogic()), ""),
    "no segment": (NothingAnsweredWarning, lambda at: (at.talk.path, at.voice(Scripted())), "background_noise=100"),
    "no report": (
        NothingAnsweredWarning,
        lambda at: (at.talk.path, at.voice(NoReport(), report=False, background_noise=0, timeout=3.0)),
        "warm_up=120",
    ),
    "silence": (SamplesWarning, lambda at: (at.sound(silent), emo.EmotionLogic()), ""),
    "header": (HeaderWarning, lambda at: (at.crashed(), emo.EmotionLogic()), ""),
    "left out": (TrackLeftOutWarning, lambda at: (at.half_unknown(), emo.EmotionLogic()), ""),
    "silent track": (
        SilentTrackWarning,
        lambda at: (at.talking_film(at.folder / "two.mkv", silent_first=True), emo.EmotionLogic()),
        "Recording(track=2)",
    ),
    "changed": (ChangedSoundWarning, lambda at: (at.joined(), emo.EmotionLogic()), ""),
    "beyond full scale": (SamplesWarning, lambda at: (at.loud(), emo.EmotionLogic()), 'Recording(gain="peak")'),
    "report": (
        ReportMissingWarning,
        lambda at: (at.talk.path, at.voice(ReportFails("analysis-error", "no"))),
        "report=",
    ),
    "times": (ImpossibleTimesWarning, lambda at: (at.short(), at.face(answering(500.0))), ""),
    "segments": (
        SegmentTimesWarning,
        lambda at: (at.short(), at.face(answering(1.0), time_base="segment")),
        'time_base="session"',
    ),
    "mute": (NothingAnsweredWarning, lambda at: (at.short(), at.face()), "warm_up=2"),
}


def told(call):
    """What a call returns, and the notices that it gives."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        made = call()
    return made, [each.message for each in given if isinstance(each.message, NoticeWarning)]


@pytest.mark.parametrize("case", CASES)
def test_each_kind(case, talk, tmp_path):
    """One warning; the same in the journal, the marks, the summary, the card, the repr and the views, without media."""
    kind, make, setting = CASES[case]
    with ExitStack() as stack:
        file, api = make(Scene(talk, tmp_path, stack))
        player, before = told(lambda: emo.Player(file, api, speed=math.inf, journal=tmp_path / "j"))
        (replay,), after = told(lambda: player.start().wait())
        assert told(player.wait)[1] == []
    (notice,) = given = [*before, *after]
    assert [type(each) for each in given] == [kind]
    assert (notice.file, notice.number is None) == (str(file), False)
    assert str(file) in str(notice)
    assert notice.setting.startswith(setting) if setting else not notice.setting
    shown = group_sources([player])[0].status().failures
    read = emo.Replay.read(replay.journal)
    assert shown == (str(notice),)
    for each in (replay, read, player.replays[0]):
        (again,) = each.notices()
        assert (type(again), again.facts, str(again)) == (kind, notice.facts, str(notice))
        marked = each.marks[each.marks["kind"] == "notice"].reset_index()
        assert marked["text"].tolist() == [str(notice)]
        span = (marked["start"].dt.total_seconds()[0], marked["end"].dt.total_seconds()[0])
        assert span == pytest.approx(notice.span or (0.0, each.duration), abs=1e-3)
        assert each.summary()["notices"] == 1
        assert "with notices" in repr(each)
        assert "Warning" not in each._repr_html_()
        assert str(notice) in each.warnings
    assert isinstance(read.records[-1], Notice)
    log = ViewLog()
    log.add_records(0, read.records)
    assert [each.text for each in log.entries if isinstance(each, MarkEntry) and each.kind == "notice"] == [str(notice)]


def test_a_failed_report_hides_nothing(talk, tmp_path):
    """Speech too soft to be found, and a report that fails for that reason, are both said."""
    path = Scene(talk, tmp_path, None).sound(soft)
    refusal = {"success": False, "errorCode": 9, "error": "no voice"}
    with serving(ReportFails(value=refusal)) as url:
        _, given = told(lambda: emo.replay(path, emo.EmotionLogic(url=url), speed=math.inf, progress=False))
    assert [type(each) for each in given] == [UnheardWarning, ReportMissingWarning]


def test_every_kind_is_provoked():
    """There are no kinds but those above, and the public table describes each."""
    assert {kind for kind, *_ in CASES.values()} == {*notice_kinds()}
    table = emo.notices()
    assert table.index.tolist() == [kind.__name__ for kind in notice_kinds()]
    assert (table[["when", "advice", "unit"]] != "").all(axis=None)
    assert table["doubtful"].all()


@pytest.mark.filterwarnings("error::emotoolkit.errors.NoticeWarning")
@pytest.mark.parametrize("name", ["talk.wav", "interview.mp4", "call.wav"])
@pytest.mark.parametrize("api", [emo.EmotionLogic(channels="both"), emo.Interhuman()], ids=["voice", "face"])
def test_a_tidy_replay(name, api, sample):
    """The sample recordings give none, through either API."""
    if name != "call.wav" and isinstance(api, emo.EmotionLogic):
        api = emo.EmotionLogic()
    replay, given = told(lambda: emo.replay(sample / name, api, speed=math.inf, progress=False))
    assert (given, replay.notices(), replay.summary()["notices"]) == ([], [], 0)
    assert "notice" not in replay.marks["kind"].tolist()
    assert not any(isinstance(each, Notice) for each in replay.records)


@pytest.mark.parametrize("count", [6, pytest.param(20, marks=pytest.mark.soak)])
@pytest.mark.parametrize("api", [emo.EmotionLogic(), emo.Interhuman()], ids=["voice", "face"])
def test_a_tidy_run(api, count, talk, interview, tmp_path):
    """Nor do clips of them, wherever they begin."""
    source = talk if isinstance(api, emo.EmotionLogic) else interview
    starts = np.linspace(0, source.duration - 9, count)
    clips = pd.DataFrame({"file": str(source.path), "start": starts, "end": starts + 9})
    run = emo.replay_dataset(clips, api, folder=tmp_path / "run", speed=math.inf, progress=False)
    assert run.summary["status"].tolist() == ["done"] * count
    assert run.summary["notices"].tolist() == [0] * count
    assert run.notices.empty


def test_a_run_keeps_them(talk, tmp_path, capsys):
    """A run's journals have them, so they are there again for a recording of another name; its bar counts them."""
    scene = Scene(talk, tmp_path, None)
    path = scene.sound(same, later)
    corpus = pd.DataFrame({"file": [str(path)]})
    run, given = told(lambda: emo.replay_dataset(corpus, emo.EmotionLogic(), folder=tmp_path / "run", speed=math.inf))
    assert given == []
    assert "1 of 1 done, 1 with notices" in capsys.readouterr().err
    assert run.summary["notices"].tolist() == [1]
    (notice,) = run.replay(run.summary.index[0]).kept_notices
    assert isinstance(notice, MixedWarning)
    other = path.rename(tmp_path / "other.wav")
    corpus = pd.DataFrame({"file": [str(other)]})
    again = emo.replay_dataset(corpus, emo.EmotionLogic(), folder=tmp_path / "run", speed=math.inf, progress=False)
    assert again.provenance["sent_now"] == 0
    assert again.summary["status"].tolist() == ["done, with notices"]
    assert "other.wav" in again.notices["sentence"].iloc[0]


def test_a_bar_says_so(talk, tmp_path, capsys):
    """The progress bar ends with it, and only where there is a notice."""
    scene = Scene(talk, tmp_path, None)
    told(lambda: emo.replay(scene.sound(soft), emo.EmotionLogic(), speed=math.inf))
    assert "with notices" in capsys.readouterr().err
    told(lambda: emo.replay(talk, emo.EmotionLogic(), speed=math.inf))
    assert "with notices" not in capsys.readouterr().err


def test_a_file_without_an_answer(talk, tmp_path):
    """An uploaded file of which nothing was found says so, too, and its journal keeps it."""
    path = Scene(talk, tmp_path, None).sound(silent)
    replay, (notice,) = told(lambda: emo.upload(path, emo.EmotionLogic(), journal=tmp_path / "j"))
    assert isinstance(notice, NothingAnsweredWarning)
    (kept,) = emo.Replay.read(replay.journal).kept_notices
    assert str(kept) == str(notice)


def test_two_apis_say_it_once(talk, tmp_path):
    """What two APIs show of one recording is one warning; each journal has it."""
    path = Scene(talk, tmp_path, None).cut()
    replays, given = told(
        lambda: emo.Player(path, [emo.EmotionLogic(), emo.EmotionLogic()], speed=math.inf).start().wait()
    )
    assert [type(each) for each in given] == [TruncatedWarning]
    assert [len(each.kept_notices) for each in replays] == [1, 1]


def test_published_journals_name_no_folder(talk, tmp_path):
    """A packed journal keeps its notices, without folders of this machine."""
    path = Scene(talk, tmp_path, None).sound(soft)
    replay, _ = told(lambda: emo.replay(path, emo.EmotionLogic(), speed=math.inf, progress=False))
    emo.export(replay, "cassettes", tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "cassettes.zip") as packed:
        (name,) = [each for each in packed.namelist() if each.endswith(".jsonl")]
        packed.extract(name, tmp_path)
    assert str(tmp_path) not in (tmp_path / name).read_text()
    (notice,) = emo.Replay.read(tmp_path / name).notices()
    assert str(notice).startswith("'made.wav' is soft")


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("NoveltyWarning", {"file": "a.wav"}),
        ("MixedWarning", {}),
        ("MixedWarning", {"file": "a.wav", "channels": 2, "how": "unknown"}),
        ("UnreadWarning", {"file": "a.wav", "api": "x", "kinds": 7, "first": ""}),
    ],
)
def test_notices_of_other_versions(name, facts):
    """A notice of a kind, or with facts, that this version does not know keeps its sentence."""
    notice = notice_by_name(name, facts, "It was so.")
    assert (type(notice), str(notice), notice.about("b.wav")) == (NoticeWarning, "It was so.", notice)


def test_pickles():
    """A notice comes back from another process with its data."""
    notice = UnreadWarning(file="a.wav", api="interhuman", kinds={"signal.ended": 2}, first="{}")
    again = pickle.loads(pickle.dumps(notice))
    assert (type(again), again.facts, str(again)) == (UnreadWarning, notice.facts, str(notice))


def test_a_journal_that_takes_no_notice(tmp_path):
    """A journal that cannot be written is as it was, and a sentence says why; one that was removed stays so."""
    spec = SimpleNamespace(journal=tmp_path, sessions=())
    with pytest.raises(NotWritable, match="Nothing can be written to"):
        append_records(spec, [Notice("MixedWarning", "", {})])
    spec.journal = tmp_path / "gone.jsonl"
    append_records(spec, [Notice("MixedWarning", "", {})])
    assert not spec.journal.exists()


def test_an_unfinished_replay_has_none(talk):
    """Nothing is missed of a replay that was stopped before its end."""
    replay = emo.replay(talk, emo.EmotionLogic(), speed=math.inf, progress=False)
    stopped = emo.Replay(tuple(each for each in replay.records[:4] if not isinstance(each, Ended)), replay.journal)
    assert stopped.notices() == []
