"""A recording as one file: the same tables as streamed, and what is refused."""

from __future__ import annotations

import io
import math

import av
import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit.apis.interhuman.server import app
from emotoolkit.apis.interhuman.server.auth import scopes_by_digest
from emotoolkit.apis.interhuman.server.options import Options
from emotoolkit.errors import ServerFault, ServerRefused, ServerUnreachable, TooShort
from tests.support import footage
from tests.support.in_process_server import here
from tests.support.stub_server import answering

KEY = "ih_live_do_not_tell"
TALK = ((0.5, 6.0), (7.5, 12.0))
WHOLE = footage.file("plain", 15, talk=TALK)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Fifteen seconds with two pauses."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(WHOLE)
    return emo.Recording(path)


def test_same_tables_as_streamed(film):
    """Uploaded and streamed, a recording gives the same tables; only the life of a signal is not told."""
    with here(app.serving()) as local:
        api = emo.Interhuman(url=local.url)
        streamed = emo.replay(film, api, speed=math.inf, progress=False)
        uploaded = emo.upload(film, api)
    assert uploaded.complete
    assert uploaded.source == streamed.source
    assert len(uploaded.signals) > 0
    pd.testing.assert_frame_equal(uploaded.signals.drop(columns="updates"), streamed.signals.drop(columns="updates"))
    pd.testing.assert_frame_equal(uploaded.engagement, streamed.engagement)
    ours, theirs = (each.quality.query("scope == 'timeline'") for each in (uploaded, streamed))
    pd.testing.assert_frame_equal(ours, theirs)
    ours, theirs = (each.quality.query("scope == 'overall'").iloc[[-1]] for each in (uploaded, streamed))
    pd.testing.assert_frame_equal(ours, theirs)
    assert uploaded.summary()["sent"] == pytest.approx(15.0, abs=0.1)


@pytest.mark.parametrize("framing", ["auto", "continuous", "complete"])
def test_one_container(film, framing):
    """However a stream would be cut, an upload is one container that holds the whole recording."""
    whole = emo.Interhuman(framing=framing).whole(film)
    with av.open(io.BytesIO(whole)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 15 * footage.FPS


def test_journal(film, tmp_path):
    """The journal makes the same tables again, and has no key in it."""
    with here(app.serving(Options(keys=scopes_by_digest([KEY])))) as local:
        uploaded = emo.upload(film, emo.Interhuman(url=local.url, key=KEY), journal=tmp_path)
    again = emo.Replay.read(uploaded.journal)
    assert again.complete
    pd.testing.assert_frame_equal(again.signals, uploaded.signals)
    assert KEY not in uploaded.journal.read_text()


async def test_in_a_running_loop(film):
    """It works where a notebook's loop is running."""
    with here(app.serving()) as local:
        assert emo.upload(film, emo.Interhuman(url=local.url, include=())).quality.empty


def test_refused(film):
    """What the server says is in the error, and what was sent in its replay."""
    with here(app.serving(Options(keys=scopes_by_digest([KEY])))) as local, pytest.raises(ServerRefused) as caught:
        emo.upload(film, emo.Interhuman(url=local.url, key="wrong"))
    assert "declined the session: the credential is not known here (code ih2001)" in str(caught.value)
    assert not caught.value.replay.complete


@pytest.mark.parametrize("body", ["<html>Welcome</html>", "[]", "", '{"signals": 7}'])
def test_answers_that_are_no_analysis(film, body):
    """What is no analysis is said not to be one, however friendly its status, and is kept."""
    with (
        answering("/v1/upload/analyze", body) as url,
        pytest.raises(ServerFault, match="not one of file analysis") as caught,
    ):
        emo.upload(film, emo.Interhuman(url=url))
    assert caught.value.replay.events["raw"].tolist() == [body]
    assert not caught.value.replay.complete


def test_unreachable(film):
    """Nobody at the port."""
    with here(app.serving()) as local:
        url = local.url
    with pytest.raises(ServerUnreachable):
        emo.upload(film, emo.Interhuman(url=url))


def test_too_short(counting):
    """A recording under 3 s is not sent."""
    with pytest.raises(TooShort):
        emo.upload(counting(11_025), emo.Interhuman(url="ws://127.0.0.1:9"))
