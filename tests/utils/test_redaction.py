"""No secret is written down, whoever says it."""

from __future__ import annotations

import json
import math
import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.server import serve

import emotoolkit as emo
from emotoolkit.errors import ReplayError
from emotoolkit.utils.loopback import HOST
from emotoolkit.utils.redaction import MASK, redact, secrets_in_address
from tests.support.closed_port import nobody
from tests.support.stub_server import answering

KEY = "ih_live/do+not tell"


@given(st.text(), st.text(min_size=6), st.text())
def test_gone(before, secret, after):
    """A secret is gone from a line, in whatever form JSON or an address has it there."""
    line = json.dumps({"raw": json.dumps(before + secret + after), "secret": secret})
    assert json.dumps(secret)[1:-1] not in redact(line, [secret]) or set(secret) == {"…"}


def escaped(character: str, way: str) -> str:
    """Escape a character in one of the ways in which servers and libraries do."""
    code, units = ord(character), character.encode("utf-16-be").hex()
    match way:
        case "json":
            return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
        case "JSON":
            return escaped(character, "json").upper().replace("\\U", "\\u")
        case "twice":
            return escaped(character, "json").replace("\\", "\\\\")
        case "address":
            return "".join(f"%{byte:02X}" for byte in character.encode())
        case "address twice":
            return escaped(character, "address").replace("%", "%25")
        case "html":
            return f"&#{code};"
        case "HTML":
            return f"&#x{code:X};"
        case "python":
            return f"\\x{code:02x}" if code < 256 else f"\\U{code:08x}"
        case "slash":
            return "\\/" if character == "/" else character
    return character


WAYS = ("", "json", "JSON", "twice", "address", "address twice", "html", "HTML", "python", "slash")
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\\")


@given(st.data(), st.text(CHARACTERS, min_size=6, max_size=30))
def test_gone_however_it_is_escaped(data, secret):
    """A secret is gone if any of its characters are escaped, each in its own way, beside whatever else is there."""
    ways = data.draw(st.lists(st.sampled_from(WAYS), min_size=len(secret), max_size=len(secret)))
    written = "".join(escaped(each, way) for each, way in zip(secret, ways, strict=True))
    before, after = data.draw(st.sampled_from(("", " ", '"', "100 % ", "&#1", "x"))), '"}'
    assert redact(before + written + after, [secret]) == before + MASK + after


@pytest.mark.parametrize("way", [way for way in WAYS if way])
def test_gone_in_a_line_of_a_journal(way):
    """So it is in a message that is written as a text in a line of JSON, be it escaped in part or whole."""
    for part in (len(KEY), 3):
        raw = '{"you": "' + "".join(escaped(each, way) for each in KEY[:part]) + KEY[part:] + '"}'
        for line in (raw, json.dumps({"raw": raw}), json.dumps(json.dumps({"raw": raw}))):
            found = redact(line, [KEY])
            assert MASK in found
            assert KEY[part:] == "" or KEY[part:] not in found


def test_what_is_no_secret_stays():
    """A text with escapes that spell something else is not touched, and a long one takes no time."""
    text = '{"a": "\\u0069h_live", "b": "50 %25", "c": "&#105;"}' + "\\" * 50_000 + "\\u0069" * 20_000
    assert redact(text, [KEY, "\\" * 20 + "x", '"' * 8]) == text


def test_in_address():
    """A password and a token in an address are secrets; a model is none."""
    assert secrets_in_address("https://lab:2259/?token=abcdefg&model=x") == ("abcdefg",)
    assert secrets_in_address("http://eva:geheim@lab") == ("geheim",)
    assert secrets_in_address("http://eva:ge%40heim@lab") == ("ge%40heim", "ge@heim")
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


def test_an_upload_that_repeats_the_key(interview):
    """A key that the answer to an upload says back is not in the error that is raised."""
    body = json.dumps({"error_id": "ih2001", "message": f"bad {KEY}"})
    with answering("/v1/upload/analyze", body, 401) as url, pytest.raises(ReplayError) as caught:
        emo.upload(interview, emo.Interhuman(url=url, key=KEY))
    assert "bad …" in str(caught.value)
    assert KEY not in str(caught.value) + repr(caught.value.facts)


@pytest.mark.parametrize(("kind", "scheme"), [(emo.EmotionLogic, "http"), (emo.Interhuman, "ws")])
@pytest.mark.parametrize("work", ["replay", "upload"])
def test_a_short_password_in_an_address(kind, scheme, work, tmp_path, talk, interview):
    """A password too short to be looked for in texts is masked where addresses are: in the journal and in the error."""
    recording = talk if kind is emo.EmotionLogic else interview
    with nobody() as url:
        api = kind(url=url.replace("http://", f"{scheme}://eva:pw7@").rstrip("/") + "/x?token=t9&a=b")
        call = partial(emo.replay, speed=math.inf, progress=False) if work == "replay" else emo.upload
        with pytest.raises(ReplayError) as caught:
            call(recording, api, journal=tmp_path)
    (path,) = tmp_path.iterdir()
    for text in (path.read_text(encoding="utf-8"), str(caught.value), repr(caught.value.facts), repr(api)):
        assert ":pw7@" not in text
        assert "token=t9" not in text
    assert "eva:…@" in path.read_text(encoding="utf-8")
