"""No secret is written down, whoever says it."""

from __future__ import annotations

import json
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.server import serve

import emotoolkit as emo
from emotoolkit.errors import ReplayError
from emotoolkit.utils.loopback import HOST
from emotoolkit.utils.redaction import redact, secrets_in_address

KEY = "ih_live/do+not tell"


@given(st.text(), st.text(min_size=6), st.text())
def test_gone(before, secret, after):
    """A secret is gone from a line, in whatever form JSON or an address has it there."""
    line = json.dumps({"raw": json.dumps(before + secret + after), "secret": secret})
    assert json.dumps(secret)[1:-1] not in redact(line, [secret]) or set(secret) == {"…"}


def test_in_address():
    """A password and a token in an address are secrets; a model is none."""
    assert secrets_in_address("https://lab:2259/?token=abcdefg&model=x") == ("abcdefg",)
    assert secrets_in_address("http://eva:geheim@lab") == ("geheim",)
    assert secrets_in_address("") == ()


def test_a_server_that_repeats_the_key(tmp_path, interview):
    """A key that a server says back, in a message and in its refusal, is in no file and in no error."""

    def repeat(wire):
        said = wire.request.headers["Authorization"]
        wire.send(json.dumps({"type": "weather.updated", "data": {"you": said}}))
        wire.send(json.dumps({"type": "error", "data": {"code": "ih2001", "message": f"bad {said}"}}))
        wire.close()

    with serve(repeat, HOST, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]
        api = emo.Interhuman(url=f"ws://127.0.0.1:{port}/v1/stream/analyze?api_key=s3cret-too", key=KEY)
        with pytest.raises(ReplayError) as caught:
            emo.replay(interview, api, speed=math.inf, journal=tmp_path, progress=False)
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*"))
    assert "Bearer …" in written
    for place in (written, str(caught.value), repr(caught.value.replay.records)):
        for secret in (KEY, json.dumps(KEY)[1:-1], "s3cret-too"):
            assert secret not in place
