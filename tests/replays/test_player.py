"""The whole way with real processes: notebook, worker, local server. And what happens when one of them ends."""

import contextlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

import emotoolkit as emo
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.journal import Ended, Idle, Reference, Sent
from emotoolkit.apis.emotion_logic.server import app as emotion_logic_server
from emotoolkit.apis.interhuman.server import app as interhuman_server
from emotoolkit.apis.interhuman.server.options import Limits
from emotoolkit.errors import (
    ConsentMissing,
    IdleWarning,
    MixedWarning,
    NoSound,
    NoSuchChannel,
    NotWritable,
    ReplayInterrupted,
    ServerGone,
    ServerSilent,
    ServerUnreachable,
    SettingsError,
    TruncatedWarning,
    WorkerGone,
)
from emotoolkit.replays import worker_client
from emotoolkit.replays.commands import Play
from tests.support.closed_port import nobody
from tests.support.media_files import film

pytestmark = pytest.mark.no_speech


def fast(recording, api, **settings) -> emo.Replay:
    """Replay as fast as the server takes it."""
    return emo.replay(recording, api, speed=math.inf, progress=False, **settings)


def kept(server, replay) -> list[np.ndarray]:
    """The samples that the server kept of each session of a replay."""
    said = replay.events.query("kind == 'handshake-done'")["raw"]
    streams = [json.loads(raw)[1]["data"]["streamId"] for raw in said]
    return [np.frombuffer((server.kept / f"{stream}.pcm").read_bytes(), "<u2") for stream in streams]


@pytest.fixture
def voice(voice_server):
    """Settings that talk to the server that keeps what it gets."""

    def make(**settings) -> emo.EmotionLogic:
        return emo.EmotionLogic(url=voice_server.url, **settings)

    return make


def until(fact, seconds: float = 20.0) -> None:
    """Look again and again until something is true."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.005)


@pytest.mark.parametrize("packet", [0.1, 0.3, 1.0, 0.0333])
def test_every_sample_arrives_once_in_order(counting, voice, voice_server, packet):
    """Sample k of the recording has the value k, and so has sample k at the server."""
    replay = fast(counting(500_000), voice(packet=packet))
    (got,) = kept(voice_server, replay)
    assert np.array_equal(got, np.arange(500_000).astype(np.uint16))
    assert replay.complete


def test_both_channels_in_one_session(counting, voice, voice_server):
    """Two channels travel interleaved and whole."""
    (got,) = kept(voice_server, fast(counting(100_000, channels=2), voice(channels="both")))
    assert np.array_equal(got.reshape(-1, 2)[:, 1], (np.arange(100_000) + 1).astype(np.uint16))


def test_one_session_per_channel(counting, voice, voice_server):
    """`separate` opens a session per channel, and each gets its own samples."""
    replay = fast(counting(100_000, channels=2), voice(channels="separate"))
    left, right = sorted(kept(voice_server, replay), key=lambda samples: samples[0])
    assert np.array_equal(left, np.arange(100_000).astype(np.uint16))
    assert np.array_equal(right, (np.arange(100_000) + 1).astype(np.uint16))
    assert list(replay.packets.index.get_level_values("session").unique()) == [0, 1]


def test_speed_and_packet_length_change_no_value(talk, voice):
    """The tables are equal value for value at speeds 4 and infinite, for packets of 100, 300 and 1000 ms."""
    paced = emo.replay(talk, voice(), speed=16.0, progress=False)
    assert len(paced.segments) > 5
    for packet in (0.1, 0.3, 1.0):
        other = fast(talk, voice(packet=packet))
        pd.testing.assert_frame_equal(other.segments, paced.segments)
        assert other.report == paced.report


def test_separate_channels_have_the_same_tables_as_both(call, voice):
    """One session per channel finds in each what one session for both finds, to the last digit."""
    both, separate = (fast(call, voice(channels=channels)) for channels in ("both", "separate"))
    pd.testing.assert_frame_equal(both.segments, separate.segments)
    assert set(both.segments["channel"]) == {0, 1}


def test_pace(talk, voice):
    """No packet leaves before it is due, and they are due at the speed, but for stalls, of which each is on record."""
    replay = emo.replay(talk, voice(), speed=16.0, progress=False)
    packets = replay.packets
    assert (packets["lateness"] >= 0).all()
    media, due = (np.diff(packets[column], prepend=0.0) for column in ("end", "due"))
    later = due - media / 16.0
    assert later.min() > -1e-5
    assert (later > 1e-5).sum() <= replay.summary()["stalls"]
    assert replay.summary()["speed"] <= 16.0
    assert (replay.events["latency"].dropna() > 0).all()


def test_the_journal_gives_the_same_tables(talk, voice, tmp_path):
    """A replay made again from its journal has the same tables, without server and recording."""
    first = fast(talk, voice(), journal=tmp_path)
    assert first.journal.parent == tmp_path
    again = emo.Replay.read(first.journal)
    for table in ("segments", "signals", "engagement", "quality", "events", "packets", "tracks"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(first, table))
    assert again.report == first.report


def test_two_apis_on_one_clock(talk, voice):
    """A player gives one Replay per API, in order, of the same media at the same time."""
    player = emo.Player(talk, [voice(), voice(packet=1.0)], speed=16.0)
    first, second = player.start().wait()
    assert len(second.packets) < len(first.packets)
    assert second.packets.iloc[0]["end"] == pytest.approx(1.0, abs=0.001)
    assert not player.playing


def test_the_default_server_is_local_and_says_so(talk):
    """Without url= a local server answers, and everything it says is labelled as local measurement."""
    replay = fast(talk, emo.EmotionLogic())
    assert replay.source.startswith("local measurement")
    assert replay.segments.attrs["source"] == replay.source
    assert replay.segments.attrs["units"]["energy"].startswith("dB above")
    assert "local measurement" in repr(replay)


def test_control(talk, voice, voice_server):
    """Paused, stepped, resumed, faster, and back: each session has the recording's samples from where it began."""
    player = emo.Player(talk, voice(), speed=4.0).start(at=3.0, paused=True)
    until(lambda: player.paused)
    assert player.position == 3.0
    player.step()
    until(lambda: player.sent > 3.2)
    assert player.paused
    player.resume()
    until(lambda: player.position > 8)
    player.speed = 6.0
    until(lambda: player.position > 12)
    player.seek(6.0)
    (replay,) = player.wait()
    assert replay.complete
    assert list(replay.segments["session"].unique()) in ([0, 1], [1, 0])
    whole = np.frombuffer(b"".join(packet.data for packet in emo.EmotionLogic().packets(talk)), "<u2")
    first, second = kept(voice_server, replay)
    from_three = np.frombuffer(b"".join(packet.data for packet in emo.EmotionLogic().packets(talk, 3.0)), "<u2")
    from_six = np.frombuffer(b"".join(packet.data for packet in emo.EmotionLogic().packets(talk, 6.0)), "<u2")
    assert np.array_equal(first, from_three[: len(first)])
    assert np.array_equal(second, from_six)
    assert len(whole) - len(from_six) == 6 * 11_025
    starts = replay.segments.index.get_level_values("start").total_seconds()
    assert starts.min() >= 3.0
    assert (replay.packets["lateness"] >= 0).all()
    assert (replay.events["latency"].dropna() > 0).all()


def test_segments_are_where_they_are_whatever_the_start(talk, voice):
    """A replay from the middle finds the same stretches at the same seconds of the recording."""
    whole = fast(talk, voice()).segments
    player = emo.Player(talk, voice(), speed=math.inf).start(at=16.0)
    (part,) = player.wait()
    later = whole[whole.index.get_level_values("start").total_seconds() >= 16.0]
    assert list(part.segments.index) == list(later.index)
    assert np.allclose(part.segments["energy"], later["energy"], atol=0.01)


def test_two_recordings_on_one_clock(talk, call, voice, voice_server):
    """Each recording goes through each API, in that order, all at the same media time."""
    with pytest.warns(MixedWarning):  # the call's channels are two people
        player = emo.Player([talk, call], voice(), speed=16.0, until=6.0)
    first, second = player.start().wait()
    assert (first.file, second.file) == (talk.file, call.file)
    assert player.recordings == (talk, call)
    apart = (first.packets["due"].to_numpy() - second.packets["due"].to_numpy()).astype(float)
    assert np.median(np.abs(apart)) < 0.2
    for replay, recording in ((first, talk), (second, call)):
        (got,) = kept(voice_server, replay)
        whole = np.frombuffer(b"".join(packet.data for packet in emo.EmotionLogic().packets(recording)), "<u2")
        assert len(got) >= 6 * 11_025
        assert np.array_equal(got, whole[: len(got)])


def test_each_recording_through_its_own_api(talk, interview):
    """A mapping says which recording goes through which APIs."""
    through = {interview: emo.Interhuman(), str(talk.path): [emo.EmotionLogic()]}
    player = emo.Player(through, speed=math.inf, until=6.0)
    face, voice = player.start().wait()
    assert (face.api, face.file) == ("interhuman", interview.file)
    assert (voice.api, voice.file) == ("emotion_logic", str(talk.path))
    assert player.recording == interview
    assert "interhuman, emotion_logic" in repr(player)


def test_a_recording_that_is_shorter_than_where_one_begins(talk, counting, voice):
    """A start behind the end of one of two recordings leaves that one out, and the other is played."""
    short = counting(5 * 11_025)
    player = emo.Player([short, talk], voice(), speed=math.inf).start(at=20.0)
    left_out, played = player.wait()
    assert len(left_out.packets) == 0
    assert played.complete


@pytest.mark.parametrize(
    ("recording", "apis", "rule"),
    [
        ({"datasets/sample/talk.wav": emo.EmotionLogic()}, emo.EmotionLogic(), "names the APIs of each recording"),
        ("datasets/sample/talk.wav", None, "there must be an API"),
        ([], emo.EmotionLogic(), "there must be something to replay"),
    ],
)
def test_nothing_to_play_through(recording, apis, rule):
    """A recording without an API, an API without a recording, and an API named twice are said to be wrong."""
    with pytest.raises(SettingsError, match=rule):
        emo.Player(recording, apis)


@pytest.mark.parametrize("catch_up", [0.9, 1.2, math.inf, math.nan])
def test_illegal_catch_up(talk, catch_up):
    """A stall is caught up a tenth faster at most."""
    with pytest.raises(SettingsError, match=r"it must be a number from 1 to 1\.1"):
        emo.Player(talk, emo.EmotionLogic(), catch_up=catch_up)


def test_a_worker_that_was_held_up_catches_up(talk, voice):
    """A sender that the system stops for a second is on record as held up, and back on schedule later."""
    player = emo.Player(talk, voice(), speed=4.0, catch_up=1.1).start()
    until(lambda: player.sent > 2)
    os.kill(worker_client.shared().pid, signal.SIGSTOP)
    time.sleep(0.3)
    os.kill(worker_client.shared().pid, signal.SIGCONT)
    (replay,) = player.wait()
    assert replay.summary()["stalls"] >= 1
    whys = [record.why for record in replay.records if isinstance(record, Reference)]
    assert whys[:2] == ["start", "stall"]
    caught_up = next(n for n, each in enumerate(replay.records) if getattr(each, "why", "") == "caught up")
    first = next(each for each in replay.records if isinstance(each, Sent))
    later = [each for each in replay.records[caught_up:] if isinstance(each, Sent)]
    off = [each.due - first.due - (each.end - first.end) / 4.0 for each in later]
    assert min(map(abs, off)) < 1e-4, "a busy machine may hold it up once more"


def test_a_pause_that_a_server_does_not_allow(interview):
    """The limit is named before it strikes, the session ends in order, and the next one has the rest."""
    with interhuman_server.serve(limits=Limits(idle=6.0)) as server:
        player = emo.Player(interview, emo.Interhuman(url=server.url), speed=8.0, until=12.0).start()
        until(lambda: player.sent > 5)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            player.pause()
            until(lambda: sum(isinstance(record, Ended) for record in player.replays[0].records) == 1)
            until(lambda: any(each.category is IdleWarning for each in said))
        assert player.playing
        assert player.paused
        player.resume()
        (replay,) = player.wait()
    assert replay.complete
    assert replay.faults == []
    (warned,) = replay.warnings
    assert "interhuman server ends a session that gets nothing for 6 s" in warned
    sent = replay.packets
    assert sent["end"].max() >= 12.0
    first, second = (sent[sent.index.get_level_values("session") == number] for number in (0, 1))
    assert second["start"].min() <= first["end"].max(), "copied film begins at a key picture"


def test_an_idle_warning_as_an_error(interview):
    """Who turns warnings into errors gets this one from wait()."""
    with interhuman_server.serve(limits=Limits(idle=6.0)) as server, warnings.catch_warnings():
        warnings.simplefilter("error", IdleWarning)
        player = emo.Player(interview, emo.Interhuman(url=server.url), speed=8.0).start(paused=True)
        until(lambda: any(isinstance(record, Idle) for record in player.replays[0].records))
        player.stop()
        with pytest.raises(IdleWarning, match="Paused for long"):
            player.wait()


def test_memory_is_bounded_when_a_server_reads_nothing(counting, voice_server, voice):
    """At infinite speed a server that stands still stops the sender; nothing piles up, and everything arrives later."""
    recording = counting(15_000_000)
    fast(counting(100_000), voice())  # what a worker needs anyhow
    worker = psutil.Process(worker_client.shared().pid)
    before = worker.memory_info().rss
    player = emo.Player(recording, voice(timeout=60)).start(paused=True)
    until(lambda: player.paused)
    os.kill(voice_server.pid, signal.SIGSTOP)
    try:
        player.speed = math.inf
        player.resume()
        moments = [-1.0]
        until(lambda: moments.append(player.sent) or (len(moments) > 200 and moments[-1] == moments[-200] > 0))
        assert player.sent * 11_025 * 2 < 12e6, "no more than the system's own buffers hold"
        assert worker.memory_info().rss - before < 25e6
    finally:
        os.kill(voice_server.pid, signal.SIGCONT)
    player.stop()
    (replay,) = player.wait()
    (got,) = kept(voice_server, replay)
    assert len(got) == replay.packets["bytes"].sum() / 2
    assert np.array_equal(got, np.arange(len(got)).astype(np.uint16))


def test_until_and_loop(talk, voice):
    """`until` ends early, `loop` plays again in a new session with the same result."""
    player = emo.Player(talk, voice(), speed=math.inf, until=10.0, loop=2)
    (replay,) = player.start().wait()
    first, second = (replay.segments[replay.segments["session"] == n].drop(columns="session") for n in (0, 1))
    pd.testing.assert_frame_equal(first, second)
    assert len(first) > 2
    assert replay.packets["end"].max() == pytest.approx(10.0, abs=0.3)


def test_position_and_pace_can_be_read_while_it_plays(talk, voice):
    """Position follows the clock, achieved speed and lateness are known after the first packets."""
    player = emo.Player(talk, voice(), speed=4.0)
    assert math.isnan(player.achieved_speed)
    player.start()
    until(lambda: player.sent > 6)
    assert player.sent <= player.position
    assert 0 < player.achieved_speed <= 4.0
    assert player.lateness >= 0
    player.stop()
    player.wait()


@pytest.mark.parametrize("moment", [-1.0, 30.0, math.nan])
def test_moments_outside_the_recording(talk, voice, moment):
    """A start or a jump outside the recording says where it must lie."""
    with pytest.raises(SettingsError, match=r"it must lie in the recording, from 0 to 30\.00 s"):
        emo.Player(talk, voice()).start(at=moment)


def test_stop_keeps_what_was_answered(talk, voice):
    """After stop() nothing more is sent, what was sent is answered, and wait() returns it."""
    player = emo.Player(talk, voice(), speed=4.0).start()
    until(lambda: player.sent > 3)
    player.stop()
    (replay,) = player.wait()
    assert not replay.complete
    assert 3 < replay.summary()["sent"] < talk.duration - 1
    assert len(replay.segments) > 0
    assert "audio-analysis-completed" in set(replay.events["kind"])


def test_two_who_start_at_once(talk, voice, monkeypatch):
    """A cell and a page that start a player at the same moment start it once; one of them is told."""
    player = emo.Player(talk, voice(), speed=math.inf)
    worker, met = worker_client.shared(), threading.Barrier(2)

    def shared():
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(0.3)  # where both get here at all
        return worker

    monkeypatch.setattr(worker_client, "shared", shared)
    with ThreadPoolExecutor(2) as cells:
        starts = [cells.submit(player.start) for _ in range(2)]
    (problem,) = filter(None, [start.exception() for start in starts])
    assert "started before" in str(problem)
    (replay,) = player.wait()
    assert len(replay.packets) == 100
    assert replay.complete


def test_a_start_that_fails_is_none(talk, voice, tmp_path, monkeypatch):
    """Where a folder is a file, or an interrupt comes, the player has not been started, and can be."""
    (tmp_path / "taken").write_text("no folder")
    player = emo.Player(talk, voice(), speed=math.inf, journal=tmp_path / "taken")
    with pytest.raises(NotWritable, match="it is a file"):
        player.start()
    assert not player.started
    (tmp_path / "taken").unlink()

    send = worker_client.WorkerClient.send

    def interrupted(worker, command):
        send(worker, command)
        if isinstance(command, Play):
            raise KeyboardInterrupt

    with monkeypatch.context() as now:
        now.setattr(worker_client.WorkerClient, "send", interrupted)
        with pytest.raises(KeyboardInterrupt):
            player.start()
    assert not player.playing
    (replay,) = player.start().wait()
    assert replay.complete
    assert len(replay.packets) == len(emo.Replay.read(replay.journal).packets) == 100


def test_a_start_without_a_file_leaves_no_journal(talk, tmp_path):
    """A folder of journals stays playable when a live replay could not begin."""
    (tmp_path / "taken.webm").write_bytes(b"a recording")
    source = emo.microphone(tmp_path / "taken.webm", via="desktop", device=talk.path)
    player = emo.Player(source, emo.EmotionLogic(), journal=tmp_path / "journals")
    with pytest.raises(SettingsError, match="there is such a file already"):
        player.start()
    assert [*(tmp_path / "journals").iterdir()] == []


def test_tables_before_the_first_word(talk, voice):
    """Who looks before the worker has said a word, or before the start, sees tables without rows."""
    player = emo.Player(talk, voice(), speed=2.0)
    for _ in range(2):
        (replay,) = player.replays
        assert (replay.api, replay.file, len(replay.segments), replay.complete) == (
            "emotion_logic",
            talk.file,
            0,
            False,
        )
        assert "no results; incomplete" in repr(replay)
        assert math.isnan(replay.summary()["speed"])
        player = emo.Player(talk, voice(), speed=2.0).start(paused=True)
    player.abandon()
    player.wait()


def test_no_two_replays_share_a_journal(talk, voice, tmp_path):
    """Another process that counts as this one does, and an earlier one, write into files of their own."""
    code = f"""
import emotoolkit as emo
api = emo.EmotionLogic(url={voice().url!r})
print(emo.replay({str(talk.path)!r}, api, speed=float("inf"), journal={str(tmp_path)!r}, progress=False).journal)
"""
    others = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    written = {each.communicate()[0].strip() for each in others}
    assert len(written) == 2
    for path in written:
        assert len(emo.Replay.read(path).packets) == 100


def test_wait_has_a_limit(talk, voice):
    """wait(timeout) says how far the replay is, which goes on."""
    player = emo.Player(talk, voice(), speed=4.0).start()
    with pytest.raises(TimeoutError, match=r"The replay goes on after 0\.2 s"):
        player.wait(0.2)
    player.stop()
    player.wait()


def test_a_player_plays_once(talk, voice):
    """A second start, and a wait without a start, are said to be wrong."""
    player = emo.Player(talk, voice(), speed=math.inf)
    with pytest.raises(RuntimeError, match="call start"):
        player.wait()
    player.start()
    with pytest.raises(RuntimeError, match="make a new Player"):
        player.start()
    player.wait()


def test_nobody_there(talk):
    """Where no server is, the address is named."""
    with nobody() as url, pytest.raises(ServerUnreachable, match=f"Nothing answers at {url}") as caught:
        fast(talk, emo.EmotionLogic(url=url, timeout=2))
    assert len(caught.value.replay.packets) == 0


def test_one_that_cannot_open_lets_nobody_start(talk, voice):
    """If one API cannot be reached, the others are sent nothing: sessions cost money."""
    with nobody() as url, pytest.raises(ServerUnreachable) as caught:
        emo.Player(talk, [voice(), emo.EmotionLogic(url=url, timeout=2)]).start().wait()
    assert [len(replay.packets) for replay in caught.value.replays] == [0, 0]


def test_a_server_that_never_answers(talk):
    """A server that takes the connection and is silent is named, with the step and the time."""
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(ServerSilent, match=r"within 0\.5 s"):
        fast(talk, emo.EmotionLogic(url=f"http://127.0.0.1:{mute.getsockname()[1]}", timeout=0.5))


def test_a_server_that_dies(talk):
    """When the server dies in the middle, what had arrived is in the error, and in the journal."""
    with emotion_logic_server.serve() as server:
        player = emo.Player(talk, emo.EmotionLogic(url=server.url), speed=4.0).start()
        until(lambda: player.sent > 4 and len(player.replays[0].segments) > 0)
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(ServerGone, match="closed the connection after") as caught:
            player.wait()
    replay = caught.value.replay
    assert len(replay.segments) >= 1
    assert not replay.complete
    assert math.isnan(replay.summary()["latency_p50"])
    pd.testing.assert_frame_equal(emo.Replay.read(replay.journal).segments, replay.segments)


def test_a_worker_that_dies(talk, voice):
    """When the sending process dies, the error has what had arrived, and the next replay gets a new worker."""
    player = emo.Player(talk, voice(), speed=4.0).start()
    until(lambda: player.sent > 4)
    os.kill(worker_client.shared().pid, signal.SIGKILL)
    with pytest.raises(WorkerGone, match=r"exit code -9") as caught:
        player.wait()
    assert len(caught.value.replay.packets) > 10
    assert fast(talk, voice()).complete


def test_interrupted(talk, voice):
    """Ctrl-C ends the sessions and keeps everything that had arrived; it is still a KeyboardInterrupt."""
    player = emo.Player(talk, voice(), speed=4.0).start()

    def interrupt():
        until(lambda: player.sent > 4 and len(player.replays[0].segments) > 0)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        player.wait()
    assert isinstance(caught.value, ReplayInterrupted)
    replay = caught.value.replay
    assert len(replay.segments) >= 1
    sent = len(replay.packets)
    assert len(emo.Replay.read(replay.journal).packets) == sent
    assert not player.playing


def test_the_worker_ends_with_its_notebook(sample, tmp_path):
    """When the notebook is killed, worker and local server end too, and the journal is intact."""
    code = f"""
import emotoolkit as emo, time
player = emo.Player({str(sample / "talk.wav")!r}, emo.EmotionLogic(), speed=2.0, journal={str(tmp_path)!r}).start()
while player.sent < 2: time.sleep(0.01)
print("playing", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as notebook:
        assert notebook.stdout.readline() == "playing\n"
        children = psutil.Process(notebook.pid).children(recursive=True)
        assert len(children) == 2
        notebook.kill()
    _, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    (journal,) = Path(tmp_path).glob("*.jsonl")
    assert len(emo.Replay.read(journal).packets) >= 6


def test_no_sound(silent_film):
    """A film without sound is refused before anything is started."""
    with pytest.raises(NoSound, match="has no sound track, and Emotion Logic listens to nothing else"):
        emo.Player(silent_film, emo.EmotionLogic())


def test_no_such_channel(talk):
    """A channel that is not there is refused before anything is started."""
    with pytest.raises(NoSuchChannel):
        emo.Player(talk, emo.EmotionLogic(channels=1))


@pytest.mark.parametrize("speed", [0.1, 0, -1, math.nan, "2", None])
def test_illegal_speed(talk, speed):
    """Speeds below a quarter, and what is no number, are refused with the rule."""
    with pytest.raises(SettingsError, match=r"it must be a number from 0\.25 on"):
        emo.Player(talk, emo.EmotionLogic(), speed=speed)


@pytest.mark.parametrize("api", [emo.EmotionLogic, "interhuman", [emo.EmotionLogic(), emo.Interhuman]])
def test_what_is_no_api(talk, api):
    """A class without its brackets, or a name, is told apart from an API before anything is started."""
    with pytest.raises(SettingsError, match=r"it must be an API, such as emo\.EmotionLogic\(\)"):
        emo.Player(talk, api)


def test_no_api(talk):
    """An empty list of APIs is refused."""
    with pytest.raises(SettingsError, match="there must be something to replay, and an API"):
        emo.Player(talk, [])


@pytest.mark.parametrize("loop", [0, 1.5, "2", True])
def test_illegal_loop(talk, loop):
    """A replay is looped a whole number of times."""
    with pytest.raises(SettingsError, match="it must be a whole number from 1 on"):
        emo.Player(talk, emo.EmotionLogic(), loop=loop)


def test_begins_after_its_end(talk):
    """Who wants to begin behind `until` is told so, instead of getting empty tables."""
    with pytest.raises(SettingsError, match="it must come before the end, until=2"):
        emo.Player(talk, emo.EmotionLogic(), until=2).start(at=5)


def test_consent(talk):
    """Nothing goes to another machine without a stated basis for it."""
    with pytest.raises(ConsentMissing, match="Emotion Logic is at 'lab-server', which is not this machine"):
        emo.Player(talk, emo.EmotionLogic(url="http://lab-server:2259"))
    player = emo.Player(talk, emo.EmotionLogic(url="http://lab-server:2259", consent="study protocol 7, signed forms"))
    assert "lab-server" in repr(player._streams[0].sessions[0])


def test_truncated(tmp_path, voice):
    """A recording that ends before its header's promise is replayed as far as it goes, and that is said."""
    whole = film(tmp_path / "film.mkv", "libx264", "pcm_s16le", 44_100, seconds=6.0).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(whole[: len(whole) // 2])
    with pytest.warns(TruncatedWarning, match=r"promises 6\.\d+ s in its header and ends after [123]\."):
        replay = fast(tmp_path / "cut.mkv", voice())
    assert replay.complete
    assert len(replay.packets) > 3


def test_works_in_a_running_event_loop(talk, voice):
    """A notebook's own event loop does not get in the way."""
    import asyncio

    async def cell():
        return fast(talk, voice())

    assert asyncio.run(cell()).complete


def test_progress_counts_answered_seconds(talk, voice, capsys):
    """In a file it is one line, at the end, which says how many seconds of media were answered, of how many."""
    emo.replay(talk, voice(), speed=math.inf)
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("talk.wav: 100%, 30.0 of 30.0 s of media (00:")


@pytest.mark.parametrize(
    ("settings", "at", "whole"),
    [({}, 10.0, 20.0), ({"until": 12.0}, 0.0, 12.0), ({"until": 12.0}, 2.0, 10.0), ({"loop": 2}, 20.0, 20.0)],
)
def test_progress_is_of_what_is_replayed(talk, voice, capsys, settings, at, whole):
    """The whole is what is replayed: from `at` to `until`, in all turns of a loop."""
    emo.Player(talk, voice(), speed=math.inf, **settings).start(at=at).wait(progress=True)
    said = capsys.readouterr().err
    assert f"talk.wav: 100%, {whole:.1f} of {whole:.1f} s of media (" in said


def test_progress_of_what_failed(talk, voice, capsys):
    """A replay that failed does not end at 100 %: the last line says how far it came."""
    with pytest.raises(emo.errors.ServerGone), emotion_logic_server.serve(faults=Faults(drop=12.0)) as faulty:
        emo.replay(talk, emo.EmotionLogic(url=faulty.url), speed=16.0)
    said = capsys.readouterr().err
    assert "talk.wav: " in said
    assert "100%" not in said
    assert "30.0 of 30.0" not in said
