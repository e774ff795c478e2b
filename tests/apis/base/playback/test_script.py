"""Scripts of journals: messages by media position, never by packet."""

from __future__ import annotations

import pytest

from emotoolkit.apis.base.journal import Ended, Opened, Received, Sent
from emotoolkit.apis.base.playback.script import Moment, Stage, build_script
from emotoolkit.apis.emotion_logic.wire import stages as emotion_logic
from emotoolkit.apis.interhuman.wire import stages as interhuman

DONE, COMPLETED, REPORT = ('["handshake-done",{}]', '["audio-analysis-completed",{}]', '["analysis-report-ready",{}]')


def analysis(number: int) -> str:
    return f'["audio-analysis",{number}]'


def sent(end: float, at: float = 0.0, session: int = 0) -> Sent:
    return Sent(session, end - 1, end, None, at, 10)


def test_moments():
    """Before media: the opening. After second t: t. The end's answer and the report wait for what they answer."""
    records = [
        Opened(0, 0, 4.0, 1.0),
        Received(0, 1.5, DONE),
        sent(5.0, 2.0),
        Received(0, 2.25, analysis(1)),
        sent(6.0, 3.0),
        sent(7.0, 4.0),
        Received(0, 4.5, analysis(2)),
        Received(0, 5.0, COMPLETED),
        Received(0, 5.5, analysis(3)),
        Received(0, 6.0, REPORT),
        Ended(0, 7.0, "finished"),
    ]
    made = build_script(records, 0, emotion_logic.stage)
    assert [(message.moment.stage, message.moment.second, message.wait) for message in made.messages] == [
        (Stage.OPENING, 0.0, 0.5),
        (Stage.MEDIA, 1.0, 0.25),
        (Stage.MEDIA, 3.0, 0.5),
        (Stage.AFTER_MEDIA, 0.0, 1.0),
        (Stage.AFTER_MEDIA, 0.0, 0.5),
        (Stage.LAST, 0.0, 0.5),
    ]
    assert made.cut is None


def test_sessions_are_apart():
    """Two sessions side by side have a script each."""
    records = [Opened(0, 0, 0, 0), Opened(1, 1, 0, 0), sent(1.0), Received(1, 1.0, DONE), Received(0, 1.0, analysis(1))]
    assert [message.moment.stage for message in build_script(records, 0, emotion_logic.stage).messages] == [Stage.MEDIA]
    assert [message.moment.stage for message in build_script(records, 1, emotion_logic.stage).messages] == [
        Stage.OPENING
    ]


@pytest.mark.parametrize(
    ("how", "cut"), [("finished", None), ("failed", Moment(Stage.MEDIA, 1.0)), ("stopped", Moment(Stage.AFTER_MEDIA))]
)
def test_where_it_is_cut(how, cut):
    """Where a server left, or a client gave up without the protocol's end, the connection is cut again."""
    assert build_script([Opened(0, 0, 0, 0), sent(1.0), Ended(0, 2.0, how)], 0, emotion_logic.stage).cut == cut


def test_stages_of_interhuman():
    """A second config is acknowledged when it is sent; closing and the end wait for the client's wish."""
    kinds = ["session.ready", "session.updated", "signal.detected", "session.closing", "session.ended"]
    stages = [interhuman.stage(f'{{"type": "{kind}", "data": {{}}}}') for kind in kinds]
    assert stages == [Stage.MEDIA, Stage.AFTER_MEDIA, Stage.MEDIA, Stage.LAST, Stage.LAST]
    assert [interhuman.stage(raw) for raw in ("torn {", "[1]", '{"status": "processing"}')] == [Stage.MEDIA] * 3
    assert interhuman.stage('{"signals": []}') is None
    assert emotion_logic.stage('["analyzeFile",{}]') is None
