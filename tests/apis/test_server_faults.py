"""A fault of a local server's own is told to who met it: its exception, whose fault it is, what to report."""

from __future__ import annotations

import importlib
import logging
import math
import pickle
from functools import partial

import pytest

import emotoolkit as emo
from emotoolkit.errors import ReplayError, ServerFault, ServerGone, ServerRefused
from tests.support import broken_server
from tests.support.third_party import ROOT, install, python

EL, IH = "emotoolkit.apis.emotion_logic.server", "emotoolkit.apis.interhuman.server"
API = {"emotion_logic": emo.EmotionLogic, "interhuman": emo.Interhuman}

SEND = {"stream": partial(emo.replay, speed=math.inf, progress=False), "upload": emo.upload}


@pytest.fixture(scope="module")
def clip(sample, tmp_path_factory):
    """Nine seconds of the sample's film."""
    import av

    path = tmp_path_factory.mktemp("clip") / "clip.mkv"
    with av.open(sample / "interview.mp4") as whole, av.open(path, "w") as part:
        streams = {each.index: part.add_stream_from_template(each) for each in whole.streams}
        for packet in whole.demux():
            if packet.pts is not None and packet.pts * packet.time_base < 9:
                packet.stream = streams[packet.stream_index]
                part.mux(packet)
    return path


def failure(clip, api, how, broken, folder, monkeypatch):
    """What a client meets of a server in which something is broken."""
    for name, value in broken_server.environment(folder, broken).items():
        monkeypatch.setenv(name, value)
    with importlib.import_module(f"emotoolkit.apis.{api}.server.app").serve() as server:
        settings = API[api](url=server.url)
        with pytest.raises(ReplayError) as caught:
            SEND[how](clip, settings, journal=folder)
    return caught.value


@pytest.mark.parametrize(
    ("api", "how", "broken", "kind"),
    [
        ("interhuman", "stream", "av:open", ServerFault),
        ("interhuman", "stream", f"{IH}.connection:Connection.__init__", ServerGone),
        ("interhuman", "stream", f"{IH}.analysis:Analyzer.finish", ServerFault),
        ("interhuman", "upload", "av:open", ServerRefused),
        ("interhuman", "upload", f"{IH}.reporting:FlatReporter.result", ServerRefused),
        ("emotion_logic", "stream", f"{EL}.connection:Connection.__init__", ServerRefused),
        ("emotion_logic", "stream", f"{EL}.analysis:CallAnalysis.__init__", ServerRefused),
        ("emotion_logic", "stream", f"{EL}.analysis:CallAnalysis.feed", ServerFault),
        ("emotion_logic", "stream", f"{EL}.analysis:CallAnalysis.finish", ServerFault),
        ("emotion_logic", "upload", f"{EL}.analysis:CallAnalysis.feed", ServerFault),
        ("emotion_logic", "upload", "emotoolkit.apis.emotion_logic.wire.messages:read_file_request", ServerFault),
    ],
)
def test_own_faults(clip, tmp_path, monkeypatch, caplog, api, how, broken, kind):
    """Whatever breaks in a server, the client's exception has its last line and its traceback, and so has the log."""
    with caplog.at_level(logging.ERROR, "emotoolkit"):
        problem = failure(clip, api, how, broken, tmp_path, monkeypatch)
    assert type(problem) is kind
    assert "failed itself: ArithmeticError: no way to read 'x.wav', in sitecustomize.py:" in str(problem)
    assert "That is our fault, not yours: please report it" in str(problem)
    assert "Traceback (most recent call last)" in problem.server_traceback
    assert f'File "emotoolkit/apis/{api}/' in problem.server_traceback
    assert problem.server_traceback in "".join(problem.__notes__)
    assert "patients" not in str(problem) + problem.server_traceback
    assert problem.replay.journal.exists()
    again = pickle.loads(pickle.dumps(problem))
    assert (str(again).split(" What had")[0], again.__notes__) == (
        str(problem).split(" What had")[0],
        problem.__notes__,
    )
    logged = [each for each in caplog.records if "failed: ArithmeticError" in each.getMessage()]
    assert len(logged) == 1
    assert problem.server_traceback in logged[0].getMessage()


def test_a_failure_that_was_asked_for(clip, tmp_path):
    """What a server does wrong on demand, or says of a file, is no fault of its own."""
    from emotoolkit.apis.base.fault_injection import Faults
    from emotoolkit.apis.interhuman.server import app

    with app.serve(faults=Faults(error="ih1001", error_at=3.0)) as server, pytest.raises(ReplayError) as caught:
        emo.replay(clip, emo.Interhuman(url=server.url), speed=math.inf, progress=False, journal=tmp_path)
    assert "our fault" not in str(caught.value)
    assert not hasattr(caught.value, "server_traceback")


def test_a_server_of_another_api(sample, tmp_path, monkeypatch):
    """A server that somebody else wrote on `apis.base` is explained, too, without a line of its own for it."""
    installed = install(tmp_path / "installed")
    broken = broken_server.environment(installed, "emotoolkit_loudness.server.measuring:Meter.feed")
    monkeypatch.setenv("BROKEN", broken["BROKEN"])
    code = f"""
import math, emotoolkit as emo
from emotoolkit_loudness import Loudness
try:
    emo.replay({str(sample / "talk.wav")!r}, Loudness(), speed=math.inf, progress=False, journal={str(tmp_path)!r})
except emo.errors.ReplayError as problem:
    print(type(problem).__name__, problem)
    print(problem.server_traceback)
"""
    said = python(installed, "-c", code)
    assert "ServerGone" in said
    assert "failed itself: ArithmeticError: no way to read 'x.wav'" in said
    assert 'File "emotoolkit_loudness/server/app.py"' in said
    assert str(ROOT) not in said
