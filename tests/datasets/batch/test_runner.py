"""A run over a dataset: sent once, resumed after anything, readable by everybody."""

import json
import math
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.emotion_logic.server import app
from emotoolkit.datasets.batch.executors import EXTRA_THREADS, ThreadExecutor
from emotoolkit.datasets.batch.lock import lock_folder
from emotoolkit.datasets.batch.session_limit import Slots
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.datasets.batch.task import Task
from emotoolkit.errors import DiskFull, NotWritable, RunInterrupted, RunLocked, SettingsError
from emotoolkit.utils.progress import MediaSeconds

INF = {"speed": math.inf, "progress": False}


def test_tables_are_those_of_each_replay(corpus, run, voice_server):
    """Each recording's rows are what a replay of it alone gives, with its labels beside them."""
    for file, speaker in zip(corpus["file"], corpus["speaker"], strict=True):
        alone = emo.replay(file, emo.EmotionLogic(url=voice_server.url), **INF).segments
        name = Path(file).name
        rows = run.segments.loc[[name]]
        assert rows["speaker"].unique().tolist() == [speaker]
        expected = alone.rename(index={file: name}, level="file")
        pd.testing.assert_frame_equal(rows[expected.columns], expected, check_freq=False)
    assert run.segments.attrs["source"].startswith("local measurement")
    assert run.segments.attrs["units"]["energy"]


def test_nothing_says_where_or_with_what_key(corpus, tmp_path, interview, monkeypatch):
    """No file of a run holds a key, or a path of this machine; its provenance says everything else."""
    monkeypatch.setenv("INTERHUMAN_API_KEY", "ih_live_do_not_tell")
    dataset = pd.DataFrame({"file": [str(interview.path), str(tmp_path / "gone.wav")]})
    run = emo.replay_dataset(dataset, emo.Interhuman(consent="signed forms"), folder=tmp_path / "run", **INF)
    for path in (tmp_path / "run").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for secret in (b"do_not_tell", str(tmp_path).encode(), str(interview.path.parent).encode()):
                assert secret not in data, path
    told = run.provenance
    assert told["consent"] == "signed forms"
    assert told["counts"] == {"rows": 2, "done": 1, "failed": 1, "seconds_of_media": 32.0}
    assert told["recordings"][0]["codec"] == "aac, h264"
    assert len(told["recordings"][0]["sha256"]) == 64
    assert run.failures["error"].tolist() == ["NoSuchFile"]
    assert len(run.signals) > 0
    assert len(run.engagement) > 0


def test_the_second_call_sends_nothing(corpus, tmp_path, counted):
    """The same call again, and one over renamed files, sends nothing; a changed setting sends everything."""
    api, seconds = counted
    first = emo.replay_dataset(corpus, api, folder=tmp_path / "run", **INF)
    assert seconds() == pytest.approx(12, abs=0.1)
    again = emo.replay_dataset(corpus, api, folder=tmp_path / "run", **INF)
    pd.testing.assert_frame_equal(again.segments, first.segments)
    renamed = corpus.copy()
    for n, file in enumerate(corpus["file"]):
        renamed.loc[n, "file"] = str(tmp_path / f"renamed-{n}.wav")
        os.link(file, renamed.loc[n, "file"])
    other = emo.replay_dataset(renamed, api, folder=tmp_path / "run", **INF)
    assert seconds() == pytest.approx(12, abs=0.1)
    assert other.provenance["sent_now"] == 0
    assert other.segments["energy"].tolist() == first.segments["energy"].tolist()
    assert {*other.segments.index.unique("file")} == {f"renamed-{n}.wav" for n in range(6)}
    changed = emo.EmotionLogic(url=api.url, background_noise=900)
    assert emo.replay_dataset(corpus, changed, folder=tmp_path / "run", **INF).provenance["sent_now"] == 6
    assert seconds() == pytest.approx(24, abs=0.2)
    back = emo.replay_dataset(corpus, emo.EmotionLogic(url=api.url, timeout=9), folder=tmp_path / "run", **INF)
    assert back.provenance["sent_now"] == 0
    pd.testing.assert_frame_equal(back.segments, first.segments)


def test_the_same_content_is_sent_once(corpus, tmp_path, counted):
    """A copy of a file gets its own rows, and is not sent."""
    api, seconds = counted
    twin = tmp_path / "twin.wav"
    twin.write_bytes(Path(corpus["file"][0]).read_bytes())
    run = emo.replay_dataset(
        pd.DataFrame({"file": [corpus["file"][0], str(twin)]}), api, folder=tmp_path / "run", **INF
    )
    assert seconds() == pytest.approx(2, abs=0.05)
    halves = [run.segments.loc[[file], "energy"].tolist() for file in run.summary.index]
    assert halves[0] == halves[1]


def test_clips_of_one_file(sample, tmp_path, counted):
    """A stretch of a file is sent to the sample, and its results are in the file's own time."""
    api, seconds = counted
    dataset = pd.DataFrame({"file": [str(sample / "talk.wav")] * 2, "start": [0.0, 7.5], "end": [7.25, 10.25]})
    run = emo.replay_dataset(dataset.assign(turn=[1, 2]), api, folder=tmp_path / "run", **INF)
    assert seconds() == pytest.approx(10, abs=0.001)
    second = run.segments.query("turn == 2")
    assert second.index.get_level_values("start").total_seconds().min() >= 7.5
    assert second.index.get_level_values("end").total_seconds().max() <= 10.25
    assert run.summary["duration"].tolist() == [7.25, 2.75]
    assert run.summary["start"].dt.total_seconds().tolist() == [0, 7.5]


def test_joined_clips(sample, tmp_path, counted):
    """Joined clips are sent in one session, and each gets its own share, in its own time."""
    api, seconds = counted
    clips = pd.DataFrame({"file": [str(sample / "talk.wav")] * 3, "start": [0.5, 7.5, 10.9], "end": [7.1, 10.2, 15.8]})
    joined = emo.join_clips(clips.assign(turn=[1, 2, 3]), tmp_path / "joined", shorter=8)
    run = emo.replay_dataset(joined, api, folder=tmp_path / "run", **INF)
    assert seconds() == pytest.approx(joined["joined_end"].max().total_seconds() + 2, abs=0.01)
    for turn, start, end in ((1, 0.5, 7.1), (2, 7.5, 10.2), (3, 10.9, 15.8)):
        rows = run.segments[run.segments["turn"] == turn]
        assert len(rows) > 0
        assert rows.index.get_level_values("start").total_seconds().min() >= start
        assert rows.index.get_level_values("end").total_seconds().max() <= end
    assert run.provenance["sent_now"] == 1


def test_recordings_with_other_parameters(tmp_path, sample, counted):
    """A recording whose server said less has empty columns, not none: whichever file is read first."""
    api, _ = counted
    soundfile.write(tmp_path / "a-hiss.wav", np.random.default_rng(1).normal(0, 0.1, 11_025 * 3), 11_025)
    dataset = pd.DataFrame({"file": [str(tmp_path / "a-hiss.wav"), str(sample / "talk.wav")]})
    run = emo.replay_dataset(dataset, api, folder=tmp_path / "run", **INF)
    columns = {tuple(pd.read_parquet(path).columns) for path in Path(run.path("segments")).glob("*.parquet")}
    assert len(columns) == 1


def test_labels_called_as_the_run_calls_its_own(tmp_path, sample, counted):
    """Labels called `row` and `joined` are kept, under other names, and nothing is taken for a joined clip."""
    api, _ = counted
    dataset = pd.DataFrame({"file": [str(sample / "talk.wav")], "end": [2.0], "row": ["front"], "joined": ["2021-03"]})
    run = emo.replay_dataset(dataset, api, folder=tmp_path / "run", **INF)
    assert run.summary[["status", "row_label", "joined_label"]].to_numpy().tolist() == [["done", "front", "2021-03"]]
    assert {*run.segments["row_label"]} == {"front"}


def test_labels_of_several_kinds(tmp_path, sample, counted):
    """Labels that are numbers in one row and words in another are words in all; what is missing stays missing."""
    api, _ = counted
    dataset = pd.DataFrame({"file": [str(sample / "talk.wav")] * 3, "start": [0.0, 1.0, 2.0], "end": [1.0, 2.0, 3.0]})
    dataset["age"] = pd.Series([23, "unknown", None], dtype=object)
    run = emo.replay_dataset(dataset, api, folder=tmp_path / "run", **INF)
    assert run.summary["age"].tolist()[:2] == ["23", "unknown"]
    assert run.summary["age"].isna().tolist() == [False, False, True]


@pytest.fixture
def no_pauses(monkeypatch):
    """What failed is tried again at once."""
    monkeypatch.setattr("emotoolkit.datasets.batch.task.FIRST_WAIT_S", 0.0)


def test_a_server_that_is_not_there(corpus, tmp_path, no_pauses):
    """Each recording is tried as often as told, and fails with a sentence; the next call tries again."""
    dead = emo.EmotionLogic(url="http://127.0.0.1:9")
    run = emo.replay_dataset(corpus, dead, folder=tmp_path / "run", retry=2, **INF)
    assert run.failures["error"].tolist() == ["ServerUnreachable"] * 6
    assert run.failures["attempts"].tolist() == [2] * 6
    assert run.failures["step"].unique().tolist() == ["send"]
    assert run.failures["sentence"].str.startswith("Nothing answers at http://127.0.0.1:9").all()
    assert run.segments.empty


def test_failed_half_way_is_a_new_session(corpus, tmp_path, no_pauses):
    """A server that cuts the first sessions off: each recording is sent anew, and what had arrived is kept aside."""
    with app.serve(faults=Faults(drop=1.0)) as faulty:
        api = emo.EmotionLogic(url=faulty.url)
        run = emo.replay_dataset(corpus.iloc[:2], api, folder=tmp_path / "run", retry=2, **INF)
    assert run.failures["error"].tolist() == ["ServerGone"] * 2
    assert run.failures["attempts"].tolist() == [2, 2]
    kept = list((tmp_path / "run" / "journals" / "failed").glob("*.jsonl"))
    assert len(kept) == 4
    assert all(len(emo.Replay.read(path).packets) > 0 for path in kept)


def test_two_runs_on_one_folder(corpus, tmp_path, counted):
    """The second run is refused, by a sentence that says who is there."""
    api, seconds = counted
    with lock_folder(Storage(tmp_path)), pytest.raises(RunLocked, match=f"process {os.getpid()}"):
        emo.replay_dataset(corpus, api, folder=tmp_path, **INF)
    assert seconds() == 0
    assert len(emo.replay_dataset(corpus.iloc[:1], api, folder=tmp_path, **INF)) == 1


def test_a_slot_is_for_the_session_alone(corpus, tmp_path, counted, monkeypatch):
    """While a journal goes to the disk, the next recording may be sent."""
    hold, take, open_now, seen = Slots.hold, Storage.move_in, [], []

    @contextmanager
    def counting(self, sessions):
        with hold(self, sessions):
            open_now.append(sessions)
            yield
            open_now.remove(sessions)

    def taking(self, *given):
        seen.append(sum(open_now))
        take(self, *given)

    monkeypatch.setattr(Slots, "hold", counting)
    monkeypatch.setattr(Storage, "move_in", taking)
    api, _ = counted
    assert emo.replay_dataset(corpus.iloc[:1], api, folder=tmp_path, **INF).failures.empty
    assert seen == [0]


def test_a_folder_that_takes_no_files(corpus, tmp_path):
    """A file where the folder should be, or a folder that cannot be made, is said before anything is sent."""
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "run", "/proc/run"):
        with pytest.raises(NotWritable, match="Nothing can be written to"):
            emo.replay_dataset(corpus, emo.EmotionLogic(url="http://127.0.0.1:9"), folder=place, **INF)


def test_a_full_disk(corpus, small_disk, counted, monkeypatch):
    """A disk without room is said before anything is sent; one that fills up ends the run, and nothing is torn."""
    api, seconds = counted
    with pytest.raises(DiskFull, match=r"There is no room left under .* \(1 MB free\)"):
        emo.replay_dataset(corpus, api, folder=small_disk / "run", **INF)
    assert seconds() == 0
    monkeypatch.setattr("emotoolkit.datasets.batch.storage.RESERVE_MB", 0.0)
    filler = small_disk / "filler"
    filler.write_bytes(bytes(960_000))
    with pytest.raises(DiskFull):
        emo.replay_dataset(corpus, api, folder=small_disk / "run", sessions=1, **INF)
    filler.unlink()
    run = emo.replay_dataset(corpus, api, folder=small_disk / "run", sessions=1, **INF)
    assert run.summary["status"].tolist() == ["done"] * 6
    assert seconds() <= 12 + 2 * 3 + 0.1


def test_interrupted(corpus, tmp_path, voice_server):
    """Ctrl-C in a run of minutes: the sessions are closed, a sentence says how to go on, and going on does."""
    code = """
import sys, time, _thread, threading, pathlib, pandas as pd, emotoolkit as emo

def interrupt():
    while not (journals := [*pathlib.Path(sys.argv[2]).glob("journals/unfinished/*/*.jsonl")]):
        time.sleep(0.02)
    while journals[0].stat().st_size < 500:
        time.sleep(0.02)
    _thread.interrupt_main()

corpus = pd.DataFrame({"file": sys.argv[3:]})
threading.Thread(target=interrupt).start()
emo.replay_dataset(corpus, emo.EmotionLogic(url=sys.argv[1]), folder=sys.argv[2], sessions=1, progress=False)
"""
    call = [sys.executable, "-c", code, voice_server.url, str(tmp_path / "run"), *corpus["file"]]
    done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=60)
    assert "RunInterrupted: Interrupted:" in done.stderr
    assert json.loads((tmp_path / "run" / "run.json").read_text())["state"] == "interrupted"
    assert issubclass(RunInterrupted, KeyboardInterrupt)
    run = emo.replay_dataset(corpus, emo.EmotionLogic(url=voice_server.url), folder=tmp_path / "run", **INF)
    assert run.summary["status"].tolist() == ["done"] * 6


def test_an_unexpected_error_ends_the_run(corpus, tmp_path, monkeypatch):
    """An error that no task makes a receipt of is raised at once: what has not begun by then never does."""
    begun = []

    def run(task, quota, active_players):
        (row,) = task.rows
        begun.append(row.name)
        if row.name == "clip-0000.wav":
            raise PermissionError("no right")
        active_players.sleep(10)
        return []

    monkeypatch.setattr(Task, "run", run)
    with pytest.raises(PermissionError, match="no right"):
        emo.replay_dataset(corpus, emo.EmotionLogic(url="http://127.0.0.1:9"), folder=tmp_path, sessions=1, **INF)
    assert len(begun) <= 1 + 1 + EXTRA_THREADS


def test_elsewhere(corpus, voice_server):
    """A run may lie behind an address, and so may its recordings."""
    import fsspec

    system = fsspec.filesystem("memory")
    for n, file in enumerate(corpus["file"][:2]):
        system.pipe(f"/corpus/{n}.wav", Path(file).read_bytes())
    dataset = emo.read_dataset("memory://corpus")
    api = emo.EmotionLogic(url=voice_server.url)
    run = emo.replay_dataset(dataset, api, folder="memory://runs/first", **INF)
    assert run.summary.index.tolist() == ["0.wav", "1.wav"]
    assert len(run.segments) == 2
    assert run.replay("1.wav").complete
    assert emo.replay_dataset(dataset, api, folder="memory://runs/first", **INF).provenance["sent_now"] == 0
    system.rm("/corpus", recursive=True)
    system.rm("/runs", recursive=True)


def test_a_hidden_recording(sample, tmp_path, counted):
    """A recording whose name begins with a dot is as done as any other, and is not sent again."""
    shutil.copy(sample / "talk.wav", tmp_path / ".talk.wav")
    corpus = pd.DataFrame({"file": [str(tmp_path / ".talk.wav")], "end": [2.0]})
    api, _ = counted
    run = emo.replay_dataset(corpus, api, folder=tmp_path / "run", **INF)
    assert run.summary["status"].tolist() == ["done"]
    assert len(run.segments) > 0
    assert emo.replay_dataset(corpus, api, folder=tmp_path / "run", **INF).provenance["sent_now"] == 0


def test_numbers(corpus, tmp_path):
    """Settings are checked before anything is made."""
    for settings in ({"sessions": 0}, {"speed": 0.1}, {"retry": 0}):
        with pytest.raises(SettingsError):
            emo.replay_dataset(corpus, emo.EmotionLogic(), folder=tmp_path / "run", **settings)
    assert not (tmp_path / "run").exists()


@pytest.fixture
def shown(monkeypatch):
    """The progress of a run as it is shown: percentage, text and time left, one after another."""
    shown = []

    @contextmanager
    def showing(title, total, *, hidden):
        yield SimpleNamespace(show=lambda each, text: shown.append((each.percent, text, each.remaining(1.0))))

    monkeypatch.setattr("emotoolkit.datasets.batch.runner.show_progress", showing)
    return shown


def test_progress_only_goes_forward(corpus, tmp_path, voice_server, shown):
    """It never decreases, is 100 % once, at the end, and says how many recordings are done."""
    api = emo.EmotionLogic(url=voice_server.url)
    emo.replay_dataset(corpus, api, folder=tmp_path / "run", speed=math.inf, sessions=2)
    percents = [percent for percent, _, _ in shown]
    assert percents == sorted(percents)
    assert percents.count(100) == 1
    assert shown[-1][:2] == (100, "12 of 12 s of media, 6 of 6 done")


class Handing(ThreadExecutor):
    """Executor whose running tasks have sent all at once, and which for a moment loses each task that ends.

    So does a real one: a player has ended and its receipt has not been written yet.
    """

    def __init__(self, sent):
        super().__init__(1)
        self.looks = iter(sent)

    @property
    def media_seconds(self):
        return next(self.looks, MediaSeconds(0.0, 0.0))


def test_progress_while_receipts_are_written(corpus, tmp_path, voice_server, shown, monkeypatch):
    """What was sent at once is not done before it is answered, and what is between session and receipt is not lost."""
    looks = [MediaSeconds(12.0, 0.0), MediaSeconds(12.0, 2.0), MediaSeconds(0.0, 0.0), MediaSeconds(10.0, 1.0)]
    monkeypatch.setattr("emotoolkit.datasets.batch.runner.ThreadExecutor", lambda sessions: Handing(looks))
    monkeypatch.setattr("emotoolkit.datasets.batch.runner.POLL_INTERVAL_S", 0.0)
    api = emo.EmotionLogic(url=voice_server.url)
    emo.replay_dataset(corpus, api, folder=tmp_path / "run", speed=math.inf, sessions=1)
    percents = [percent for percent, _, _ in shown]
    assert percents[0] == 50
    assert percents == sorted(percents)
    assert all(percent < 100 for percent in percents[:-1])
    assert all(left > 0 or math.isnan(left) for _, _, left in shown[:-1])


def test_what_was_done_before_is_no_pace(corpus, tmp_path, counted, shown):
    """Recordings that are in the folder already say nothing about how long the others take."""
    api, _ = counted
    emo.replay_dataset(corpus.iloc[:5], api, folder=tmp_path / "run", **INF)
    shown.clear()
    emo.replay_dataset(corpus.iloc[:5], api, folder=tmp_path / "run", speed=math.inf)
    assert all(math.isnan(left) for _, _, left in shown[:-1])
    assert shown[-1][1] == "10 of 10 s of media, 5 of 5 done"


def test_what_failed_is_counted(corpus, tmp_path, shown, no_pauses):
    """What failed is said beside the bar, which still ends at 100 %: the run has ended."""
    with app.serve(faults=Faults(drop=1.0)) as faulty:
        api = emo.EmotionLogic(url=faulty.url)
        emo.replay_dataset(corpus.iloc[:2], api, folder=tmp_path / "run", speed=math.inf, retry=1)
    assert shown[-1][:2] == (100, "4 of 4 s of media, 0 of 2 done, 2 failed")
