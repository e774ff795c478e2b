"""TLS, for real: a certificate that is refused is named, and a connection that breaks ends in its sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest

from emotoolkit.apis.emotion_logic.server import app as emotion_logic
from emotoolkit.apis.interhuman.server import app as interhuman
from tests.support import tls
from tests.support.third_party import ROOT

CLIENT = """
import json, math, sys, warnings
import emotoolkit as emo
warnings.simplefilter("ignore")
said = {}
for name, url, how, speed in json.loads(sys.argv[2]):
    make = {"emotion_logic": emo.EmotionLogic, "interhuman": emo.Interhuman}[name]
    try:
        api = make(url=url, timeout=5.0)
        if how == "upload":
            found = emo.upload(sys.argv[1], api)
        else:
            found = emo.replay(sys.argv[1], api, speed=speed or math.inf, progress=False)
        said[f"{name} {how}"] = ["complete" if found.complete else "?", ""]
    except emo.errors.ReplayError as problem:
        said[f"{name} {how}"] = [type(problem).__name__, str(problem)]
print(json.dumps(said))
"""

ALL = {"emotion_logic stream", "emotion_logic upload", "interhuman stream", "interhuman upload"}


@pytest.fixture(scope="module")
def servers():
    """A local server of each API."""
    with emotion_logic.serve() as voice, interhuman.serve() as face:
        yield {"emotion_logic": urlsplit(voice.url).port, "interhuman": urlsplit(face.url).port}


def talk(servers, sample, trusted, certificate, *, broken="", after=0, speed=0.0):
    """What clients of both APIs meet, each in a stream and an upload, that trust one certificate and meet another."""
    with (
        tls.behind_tls(servers["emotion_logic"], certificate, broken=broken, after=after) as voice,
        tls.behind_tls(servers["interhuman"], certificate, broken=broken, after=after) as face,
    ):
        calls = [
            (name, f"{scheme}://127.0.0.1:{port}", how, speed)
            for name, scheme, port in (("emotion_logic", "https", voice), ("interhuman", "wss", face))
            for how in ("stream", "upload")
        ]
        done = subprocess.run(
            [sys.executable, "-c", CLIENT, str(sample / "interview.mp4"), json.dumps(calls)],
            env={**os.environ, "SSL_CERT_FILE": str(trusted), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.timeout(240)
def test_a_certificate_of_ones_own(servers, sample, tmp_path):
    """One that `SSL_CERT_FILE` names is trusted, by both APIs, in streams and uploads."""
    certificate = tls.make_certificate(tmp_path)
    said = talk(servers, sample, certificate, certificate)
    assert said == {each: ["complete", ""] for each in ALL}


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("kind", "reason"),
    [("unknown", "self-signed certificate"), ("expired", "certificate has expired"), ("other", "IP address mismatch")],
)
def test_a_certificate_that_is_refused(servers, sample, tmp_path, kind, reason):
    """The sentence says why; nothing is sent."""
    (tmp_path / "trusted").mkdir()
    host, days = ("other.example", 1) if kind == "other" else ("127.0.0.1", -1 if kind == "expired" else 1)
    certificate = tls.make_certificate(tmp_path, host=host, days=days)
    trusted = tls.make_certificate(tmp_path / "trusted") if kind == "unknown" else certificate
    said = talk(servers, sample, trusted, certificate)
    assert {how: error for how, (error, _) in said.items()} == dict.fromkeys(ALL, "ServerUnreachable")
    for _, sentence in said.values():
        assert "certificate verify failed" in sentence
        assert reason in sentence
        assert "Connection error" not in sentence


@pytest.mark.soak
@pytest.mark.timeout(240)
@pytest.mark.parametrize("broken", tls.BREAKS)
def test_broken_in_the_middle(servers, sample, tmp_path, broken):
    """Whatever ends the TLS stream, a replay ends there, in a sentence about the server, and so does an upload."""
    certificate = tls.make_certificate(tmp_path)
    said = talk(servers, sample, certificate, certificate, broken=broken, after=200_000, speed=8.0)
    for name in ("emotion_logic", "interhuman"):
        error, sentence = said[f"{name} stream"]
        assert error == "ServerGone"
        seconds = float(sentence.partition("after ")[2].partition(" s of media")[0])
        assert 0 < seconds < 30
        assert said[f"{name} upload"][0] in {"ServerUnreachable", "ServerGone"}
