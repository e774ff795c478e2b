"""A cassette plays what was recorded, through the whole wire, and comes out equal."""

from __future__ import annotations

import json
import math
import pickle
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from msgspec import structs

import emotoolkit as emo
from emotoolkit.apis.base import journal
from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.journal import Ended, Media, Opened, Received, Reference
from emotoolkit.apis.base.playback import library
from emotoolkit.apis.emotion_logic.server import app as emotion_logic_server
from emotoolkit.apis.interhuman.server import app as interhuman_server
from emotoolkit.errors import CassetteMismatch, CassetteUnplayable, NoSuchFile, ServerGone, SettingsError
from emotoolkit.exports.formats.cassette import pack
from tests.conftest import ROOT
from tests.support.media_files import film

pytestmark = pytest.mark.no_speech

TABLES = ("segments", "signals", "engagement", "quality", "coverage", "tracks")


def play(recording, api, **how):
    """Replay as fast as it goes."""
    return emo.replay(recording, api, speed=math.inf, progress=False, **how)


def said(replay: emo.Replay) -> dict[int, list[str]]:
    """What each session was told, byte for byte, in order."""
    found: dict[int, list[str]] = {}
    for record in replay.records:
        if isinstance(record, Received):
            found.setdefault(record.session, []).append(record.raw)
    return found


def assert_same(one: emo.Replay, other: emo.Replay) -> None:
    """Every table is equal, value for value, with units and who measured; so is the report."""
    assert said(one) == said(other)
    for name in TABLES:
        first, second = getattr(one, name), getattr(other, name)
        assert first.equals(second), name
        assert first.attrs == second.attrs
    assert one.report == other.report
    assert one.complete
    assert other.complete


@pytest.fixture(scope="module")
def voice(talk, tmp_path_factory):
    """A voice that was recorded."""
    return play(talk, emo.EmotionLogic(), journal=tmp_path_factory.mktemp("voice"))


@pytest.fixture(scope="module")
def face(interview, tmp_path_factory):
    """A face that was recorded."""
    return play(interview, emo.Interhuman(), journal=tmp_path_factory.mktemp("face"))


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A short film."""
    return emo.Recording(film(tmp_path_factory.mktemp("short") / "short.mp4", "libx264", "aac", seconds=7.0))


def edited(replay: emo.Replay, place: Path, change) -> Path:
    """A copy of a journal with its records changed."""
    path = place / "edited.jsonl"
    path.write_text(
        "".join(journal.to_line(record) + "\n" for record in change(list(replay.records))), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("packet", [None, 0.1, 1.7])
def test_voice(talk, voice, packet):
    """A voice comes out equal, whatever the packet length."""
    api = None if packet is None else emo.EmotionLogic(packet=packet)
    assert_same(voice, play(talk, emo.Cassette(voice.journal, api=api)))


@pytest.mark.parametrize("segment", [None, 4.5])
def test_face(interview, face, segment):
    """So does a face, whatever the segment length."""
    api = None if segment is None else emo.Interhuman(segment=segment)
    assert_same(face, play(interview, emo.Cassette(face.journal, api=api)))


def test_channels(call):
    """Sessions side by side play side by side."""
    first = play(call, emo.EmotionLogic(channels="separate"))
    assert_same(first, play(call, emo.Cassette(first.journal)))


def test_the_oldest_server(short):
    """A server with flat messages at another address, and no word for its end, is played in its own manner."""
    with interhuman_server.serve(profile="v0") as server:
        first = play(short, emo.Interhuman(url=server.url))
    assert_same(first, play(short, emo.Cassette(first.journal)))


def test_of_a_cassette(talk, voice):
    """What was played from a cassette is one, too, and says where it came from."""
    again = play(talk, emo.Cassette(voice.journal))
    assert again.began.sessions[0]["url"] == f"cassette://{voice.journal.name}"
    assert_same(voice, play(talk, emo.Cassette(again.journal)))


def test_a_stretch_with_a_pause(talk):
    """A replay that began later, was paused, and stopped early is played as far as it went."""
    player = emo.Player(talk, emo.EmotionLogic(), speed=8, until=14).start(at=5)
    player.pause()
    player.resume()
    (first,) = player.wait()
    again = play(talk, emo.Cassette(first.journal))
    assert_same(first, again)
    assert again.packets["start"].min() == 5.0
    with pytest.raises(CassetteUnplayable, match="it begins at 5 s of the recording"):
        emo.Player(talk, emo.Cassette(first.journal)).start(at=9).wait()


def test_one_server_for_a_folder(talk, voice, tmp_path):
    """Who plays the journals of a folder one after the other needs one server for all."""
    for n in range(3):
        shutil.copy(voice.journal, tmp_path / f"{n}.jsonl")
        assert said(play(talk, emo.Cassette(tmp_path / f"{n}.jsonl"))) == said(voice)
    ports = {
        session.located().address.split("?")[0]
        for path in tmp_path.iterdir()
        for session in emo.Cassette(path).sessions(talk)
    }
    assert len(ports) == 1


def test_no_way_out_of_the_folder(talk, voice, tmp_path):
    """A server plays what is in its folder, and nothing that a name with a path would lead to."""
    shutil.copy(voice.journal, tmp_path / "outside.jsonl")
    (tmp_path / "folder").mkdir()
    for name in ("../outside.jsonl", str(tmp_path / "outside.jsonl")):
        with pytest.raises(ValueError, match="is no name"):
            library.read_records(tmp_path / "folder", name)


def test_a_folder_that_is_written_to(talk, tmp_path):
    """A folder that was looked at while a replay wrote into it is playable when the replay is over."""
    player = emo.Player(talk, emo.EmotionLogic(), speed=8.0, journal=tmp_path).start()
    while not player.sent:
        time.sleep(0.01)
    emo.Cassette(tmp_path)
    (first,) = player.wait()
    assert_same(play(talk, emo.Cassette(tmp_path)), first)


def test_timing(talk, tmp_path):
    """With timing, a message comes as long after its media as it did; without, at once."""
    with emotion_logic_server.serve(faults=Faults(delay=0.5)) as server:
        first = emo.replay(talk, emo.EmotionLogic(url=server.url), speed=30, progress=False)
    slow = emo.replay(talk, emo.Cassette(first.journal, timing=True), speed=30, progress=False)
    assert_same(first, slow)
    results = slow.events["kind"] == "audio-analysis"
    assert slow.events.loc[results, "latency"].median() > 0.45  # it cannot be earlier, however busy the machine is


def test_a_server_that_left(talk):
    """Where the server left in the middle, it leaves there again, and the tables are those until then."""
    with emotion_logic_server.serve(faults=Faults(drop=10.0)) as server, pytest.raises(ServerGone) as first:
        play(talk, emo.EmotionLogic(url=server.url))
    with pytest.raises(ServerGone) as again:
        play(talk, emo.Cassette(first.value.replay.journal))
    assert again.value.replay.segments.equals(first.value.replay.segments)
    assert len(again.value.replay.segments) > 0


def test_strict(talk, voice, tmp_path):
    """Another file is refused, by what is in it and not by its name; unless one wants it all the same."""
    same = shutil.copy(talk.path, tmp_path / "renamed.wav")
    assert len(play(same, emo.Cassette(voice.journal)).segments) == len(voice.segments)
    other = tmp_path / "talk.wav"
    other.write_bytes(talk.path.read_bytes() + b"\0")
    with pytest.raises(CassetteMismatch, match="is of another recording than") as caught:
        play(other, emo.Cassette(voice.journal))
    assert caught.value.recorded != caught.value.found
    assert said(play(other, emo.Cassette(voice.journal, strict=False))) == said(voice)


def without(*kinds):
    return lambda records: [record for record in records if not isinstance(record, kinds)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without(Ended), "it breaks off before its end"),
        (without(Received), "nothing was sent in it, or nothing answered"),
        (without(Media), "it does not say of which file it is"),
        (lambda records: [*records, Opened(1, 0, 9.0, 9.0)], "its replay jumped"),
        (
            lambda records: [structs.replace(r, error="ReadingFailed") if isinstance(r, Ended) else r for r in records],
            "it ended by ReadingFailed, which was not the server's doing",
        ),
    ],
)
def test_what_cannot_be_played(talk, voice, tmp_path, change, reason):
    """A journal that is no whole conversation is refused with the reason; its tables can be read all the same."""
    path = edited(voice, tmp_path, change)
    with pytest.raises(CassetteUnplayable, match=reason):
        play(talk, emo.Cassette(path))
    assert len(emo.Replay.read(path).records) > 3


def test_jumps_and_uploads(talk):
    """A replay that jumped, and an upload, are refused with a sentence."""
    player = emo.Player(talk, emo.EmotionLogic(), speed=20, loop=2, until=3.0)
    (jumped,) = player.start().wait()
    assert sum(isinstance(record, Reference) and record.why == "loop" for record in jumped.records) == 1
    with pytest.raises(CassetteUnplayable, match="several turns"):
        play(talk, emo.Cassette(jumped.journal))
    uploaded = emo.upload(talk, emo.EmotionLogic())
    with pytest.raises(CassetteUnplayable, match="it holds what no stream says: an upload"):
        play(talk, emo.Cassette(uploaded.journal))
    with pytest.raises(SettingsError, match="takes no whole files"):
        emo.upload(talk, emo.Cassette(jumped.journal))


def test_no_journal(tmp_path):
    """What is no journal, or is not there, is said when the cassette is made."""
    (tmp_path / "words.jsonl").write_text("words\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CassetteUnplayable, match="it is no journal"):
        emo.Cassette(tmp_path / "words.jsonl")
    with pytest.raises(CassetteUnplayable, match="there is no journal in it"):
        emo.Cassette(tmp_path / "empty")
    with pytest.raises(NoSuchFile):
        emo.Cassette(tmp_path / "missing.jsonl")


def test_a_shelf_of_several(talk, interview, voice, face, tmp_path):
    """In a folder or a zip of several, the recording's own is found by its hash; two of one are told apart by name."""
    for number, replay in enumerate([voice, face]):
        shutil.copy(replay.journal, tmp_path / f"{number}.jsonl")
    assert_same(voice, play(talk, emo.Cassette(tmp_path)))
    assert emo.Cassette(tmp_path).sessions(interview)[0].journal == "1.jsonl"
    assert emo.Cassette(tmp_path).sessions(talk)[0].name == "emotion_logic"
    with pytest.raises(SettingsError, match="the cassette has emotion_logic and interhuman; name one"):
        emo.Cassette(tmp_path).name  # noqa: B018
    shutil.copy(voice.journal, tmp_path / "2.jsonl")
    with pytest.raises(SettingsError, match=r"several there: 0\.jsonl, 2\.jsonl; name one"):
        play(talk, emo.Cassette(tmp_path, api=emo.EmotionLogic()))
    assert emo.Cassette(tmp_path, journal="2.jsonl").sessions(talk)[0].journal == "2.jsonl"


REPRODUCE = f"""
import math, pickle, sys
import emotoolkit as emo
box, out, *files = sys.argv[1:]
replays = [emo.replay(file, emo.Cassette(box), speed=math.inf, progress=False) for file in files]
made = [dict((name, getattr(replay, name)) for name in {TABLES!r}) | dict(report=replay.report) for replay in replays]
pickle.dump(made, open(out, "wb"))
"""


def test_another_machine(talk, interview, voice, face, tmp_path):
    """What is packed has no path of this machine; a fresh process elsewhere, without account, makes the same tables."""
    mine = [voice, face]
    assert talk.path.is_absolute()
    (box,) = emo.export(mine, "cassettes", tmp_path / "public")
    with zipfile.ZipFile(box) as opened:
        texts = {name: opened.read(name).decode() for name in opened.namelist()}
    assert not any(word in text for text in texts.values() for word in (str(ROOT), str(tmp_path), "127.0.0.1"))
    contents = json.loads(texts["cassettes.json"])["cassettes"]
    assert sorted(each["file"] for each in contents) == ["interview.mp4", "talk.wav"]
    assert all(each["sha256"] and each["source"].startswith("local measurement") for each in contents)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for recording in (talk, interview):
        shutil.copy(recording.path, elsewhere)
    call = [sys.executable, "-c", REPRODUCE, str(box), "tables.pickle", "talk.wav", "interview.mp4"]
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(elsewhere)}
    subprocess.run(call, cwd=elsewhere, env=environ, check=True, capture_output=True, timeout=100)
    theirs = pickle.loads((elsewhere / "tables.pickle").read_bytes())
    for replay, tables in zip(mine, theirs, strict=True):
        named = emo.Replay(tuple(_renamed(replay)), replay.journal)
        for name in TABLES:
            assert getattr(named, name).equals(tables[name]), name
        assert named.report == tables["report"]


def _renamed(replay):
    """The same records, of the recording by its bare name."""
    for record in replay.records:
        yield structs.replace(record, file=Path(record.file).name) if record is replay.began else record


def test_packing_is_exact(voice, face, tmp_path):
    """The same journals make the same bytes; each entry's hash is that of its journal, whose tables are the same."""
    first = pack([voice, face], tmp_path / "a").read_bytes()
    box = pack([face, voice], tmp_path / "b")
    assert box.read_bytes() == first
    with zipfile.ZipFile(box) as opened:
        opened.extractall(tmp_path / "out")
    for each in json.loads((tmp_path / "out" / "cassettes.json").read_text())["cassettes"]:
        again = emo.Replay.read(tmp_path / "out" / each["journal"])
        mine = voice if each["api"] == "emotion_logic" else face
        assert len(again.tracks) == len(mine.tracks)
        assert said(again) == said(mine)
    with pytest.raises(SettingsError, match="none of them has a journal to pack"):
        pack([object()], tmp_path)


def test_is_a_setting(voice):
    """A cassette is a value: it travels to the worker, and shows itself as it was typed."""
    cassette = emo.Cassette(voice.journal)
    assert pickle.loads(pickle.dumps(cassette)) == cassette
    assert repr(cassette).startswith("Cassette(path=")
    assert cassette.secrets() == ()
    assert cassette.name == "emotion_logic"
