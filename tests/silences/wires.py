"""Rows about what servers say, and do not say."""

from __future__ import annotations

import itertools
import json
import time
from functools import partial

from emotoolkit.apis.interhuman.wire import messages
from tests.silences.rows import NOTHING, Row
from tests.support.scripted_emotion_logic import (
    Breaks,
    BreaksOff,
    HangsUp,
    Mute,
    NeverCompletes,
    NoReport,
    PageAlone,
    Refuses,
    RefusesInText,
    ReportFails,
    Says,
    SaysNothing,
    Scripted,
)
from tests.support.scripted_interhuman import end, media_until_close, say

VOICE, SOCIAL = "Emotion Logic", "Interhuman"
DOORS = ("replay", "batch")

COLUMNS = {"startPosSec": 0, "endPosSec": 1, "energy": 2}
CELLS = [0.2, 0.8, 7]
OBJECT = {"startPosSec": 0.2, "endPosSec": 0.8, "energy": 7}
DATA = {"done": True, "headers": COLUMNS, "channels": [CELLS]}
GOOD = {"success": True, "data": DATA}
NO_VOICE = {"success": False, "errorCode": 9, "error": "no voice"}

SIGNAL = say("signal.detected", signal_type="interest", start=0.5, end=2.0)


# Scripts of Interhuman


def answering(*texts):
    """Say this at the end of the media, between a beginning and an end in order."""

    def script(connection):
        connection.send(say(messages.READY))
        media_until_close(connection)
        for text in texts:
            connection.send(text)
        end(connection)

    return script


def closing_with(code, *texts):
    """Say this after the first segment, and close."""

    def script(connection):
        for message in connection:
            if isinstance(message, bytes):
                break
        for text in texts:
            connection.send(text)
        connection.close(code, "that is all")

    return script


def mute(connection):
    """Take everything, and say nothing."""
    for _ in connection:
        pass


def first_answer_after(seconds):
    """Say nothing until long after the end of the media."""

    def script(connection):
        media_until_close(connection)
        time.sleep(seconds)
        connection.send(SIGNAL)
        for _ in connection:
            pass

    return script


def by(door, make, provoked, comes=NOTHING, says="", *, api=VOICE, about, **options):
    """A row that sends the usual recording through one door."""
    return Row(about, api, door, provoked, lambda at: getattr(at, door)(make(at), **options), comes, says)


def voice(about, server, provoked, comes=NOTHING, says="", doors=DOORS, **settings):
    """Rows of a scripted Emotion Logic, one for each door."""
    return [by(door, lambda at: at.voice(server(), **settings), provoked, comes, says, about=about) for door in doors]


def social(about, script, provoked, comes=NOTHING, says="", doors=DOORS, **settings):
    """Rows of a scripted Interhuman, one for each door."""
    return [
        by(door, lambda at: at.social(script, **settings), provoked, comes, says, api=SOCIAL, about=about)
        for door in doors
    ]


FORMS = {
    "rows as objects": {"success": True, "data": {"channels": [OBJECT]}},
    "columns as a list": {"success": True, "data": DATA | {"headers": list(COLUMNS)}},
    "channels by name": {"success": True, "data": DATA | {"channels": {"channel-0": CELLS}}},
    "the shape of a report": {"success": True, "data": {"segments": {"headersPositions": COLUMNS, "data": [CELLS]}}},
    "the older data.segment": {"success": True, "data": {"segment": OBJECT}},
    "JSON as text": json.dumps(GOOD),
    "numbers as text": {"success": True, "data": DATA | {"channels": [["0.2", "0.8", "7"]]}},
    "a bare payload": DATA,
    "a list with one analysis": [GOOD],
}
"""Words of an analysis whose meaning is plain."""

OTHER_WORDS = {"success": True, "data": {"segment": [1]}}

WORDS = [
    *itertools.chain.from_iterable(
        voice("words", partial(Says, ("audio-analysis", form)), f"segments come in {name}", doors=("replay",))
        for name, form in FORMS.items()
    ),
    *voice(
        "words",
        partial(Says, ("audio-analysis", OTHER_WORDS)),
        "all segments come in words that nobody knows",
        "UnreadWarning",
        "1 of what the emotion_logic server said",
    ),
    *voice(
        "words",
        partial(Says, ("audio-analysis", {"success": True, "data": DATA | {"channels": [CELLS, ["x"], CELLS]}})),
        "one row of three cannot be read",
        "UnreadWarning",
        "1 × audio-analysis",
    ),
    *social(
        "words",
        answering(say("signal.detected", signals=[{"signal_type": "a", "start": 1, "end": 2}, {"signal_type": "b"}])),
        "one signal of two has no times",
        "UnreadWarning",
        "1 × signal.detected",
    ),
    *social(
        "words",
        answering(say("engagement.updated", state=None), say("signal.ended", at=3)),
        "all results come in words that nobody knows",
        "UnreadWarning",
        "1 × engagement.updated, 1 × signal.ended",
    ),
    *social(
        "words",
        answering(json.dumps({"type": "signal.detected", "data": json.dumps(json.loads(SIGNAL)["data"])})),
        "the data of a signal are JSON as text",
        doors=("replay",),
    ),
    *social(
        "words",
        answering(say("signal.detected", signal_type="interest", start="0.5", end="2.0")),
        "times are numbers as text",
        doors=("replay",),
    ),
    *social(
        "words",
        answering(say("conversation_quality.updated", timeline=[{"start": 0, "end": 3}], overall={"energy": 50})),
        "a period of quality has no values",
        "UnreadWarning",
        "1 × conversation_quality.updated",
        doors=("replay",),
    ),
]

REPORTS = [
    *voice(
        "report",
        partial(ReportFails, value=NO_VOICE),
        "the report fails for want of speech",
        "ReportMissingWarning",
        r"no voice \(code 9\)",
    ),
    *voice(
        "report",
        partial(ReportFails, "disconnect"),
        "the connection ends at the report",
        "ReportMissingWarning",
        "was not answered",
        doors=("replay",),
    ),
    *voice(
        "report",
        partial(ReportFails, None),
        "the report never comes",
        "ReportMissingWarning",
        "was not answered",
        doors=("replay",),
    ),
    *voice(
        "report",
        partial(ReportFails, value=7),
        "the report is no report",
        "UnreadWarning, ReportMissingWarning",
        "could not be read",
        doors=("replay",),
    ),
    *voice(
        "report",
        partial(ReportFails, value={"reports": {}}),
        "the report comes without its envelope",
        doors=("replay",),
    ),
    *voice(
        "report",
        partial(Says, ("audio-analysis-completed", NO_VOICE)),
        "the whole analysis fails for want of speech",
        "ServerFault",
        r"no voice \(code 9\)",
    ),
]

PATIENCE = [
    *social(
        "patience",
        first_answer_after(1.6),
        "the first answer comes long after the last segment",
        warm_up=8.0,
        doors=("replay",),
    ),
    *social(
        "patience",
        mute,
        "nothing is ever said",
        "NothingAnsweredWarning",
        "3.0 s of media|6.0 s of media",
        doors=("replay", "batch"),
    ),
    *social(
        "patience",
        answering(),
        "a session in order, without any result",
        "NothingAnsweredWarning",
        "no result for",
        doors=("replay",),
    ),
    *voice(
        "patience",
        Scripted,
        "a session in order, without any segment",
        "NothingAnsweredWarning",
        "no result for",
        report=False,
    ),
    *voice("patience", SaysNothing, "the end is never answered", "ServerSilent", r"audio-stream \(end\)"),
    *voice("patience", Mute, "the handshake is never answered", "ServerSilent", "handshake", doors=("replay",)),
    *voice(
        "patience",
        partial(Says, ("audio-analysis", GOOD)),
        "a server as it should be",
        doors=("replay", "batch", "live"),
    ),
    *social("patience", answering(SIGNAL), "a server as it should be", doors=("replay", "batch")),
]

TIMES = [
    *social(
        "times",
        answering(say("signal.detected", signal_type="interest", start=500.0, end=501.0)),
        "a signal begins long after the end",
        "ImpossibleTimesWarning",
        "begin after its end",
    ),
    *social(
        "times",
        answering(say("signal.detected", signal_type="interest", start=3.0, end=1.0)),
        "a signal ends before it begins",
        "ImpossibleTimesWarning",
        "end before they begin",
        doors=("replay",),
    ),
    *social(
        "times",
        answering(SIGNAL, say("signal.detected", signal_type="interest", start=1e12, end=1e12 + 1)),
        "a time is beyond what a table holds",
        "UnreadWarning",
        "1e\\+?12|1000000000000",
        doors=("replay",),
    ),
    *voice(
        "times",
        partial(Says, ("audio-analysis", GOOD | {"data": DATA | {"channels": [CELLS, [1e12, 2e12, 7]]}})),
        "a time is beyond what a table holds",
        "UnreadWarning",
        "1 × audio-analysis",
        doors=("replay",),
    ),
    *voice(
        "times",
        partial(Says, ("audio-analysis", GOOD | {"data": DATA | {"channels": [[0.9, 0.3, 7]]}})),
        "a segment ends before it begins",
        "ImpossibleTimesWarning",
        "end before they begin",
        doors=("replay",),
    ),
]

FAULT = json.dumps(
    {
        "type": "error",
        "correlation_id": "abc-7",
        "data": {"code": "ih1003", "message": "worker lost", "link": "https://docs", "segment": 1},
    }
)

ENVELOPES = [
    *social(
        "envelopes",
        closing_with(1011, FAULT),
        "an error with a number, and the connection ends",
        "ServerFault",
        r"worker lost \(code ih1003\)\. Its number there is abc-7",
    ),
    *social(
        "envelopes",
        closing_with(1011),
        "the connection ends in the middle",
        "ServerGone",
        "close code 1011: that is all",
        doors=("replay",),
    ),
    *social(
        "envelopes",
        closing_with(1009),
        "a segment is refused as too large",
        "ServerGone",
        "close code 1009",
        doors=("batch",),
    ),
    *voice(
        "envelopes", HangsUp, "the connection ends in the middle", "ServerGone", "closed the connection", ("replay",)
    ),
    *voice("envelopes", Breaks, "the engine fails", "ServerFault", r"engine lost \(code 13\)", ("replay",)),
    *voice(
        "envelopes",
        Breaks,
        "the engine fails at first",
        "NothingAnsweredWarning",
        "no result",
        ("batch",),
        report=False,
    ),
    *voice("envelopes", BreaksOff, "the engine fails, and the line breaks", "ServerFault", "engine lost", ("replay",)),
    *voice("envelopes", Refuses, "the licence has run out", "ServerRefused", r"no licence \(code 77\)"),
    *voice("envelopes", RefusesInText, 'success is the text "false"', "ServerRefused", "no licence", ("replay",)),
    *voice(
        "envelopes",
        PageAlone,
        "a server made after the page alone, without segments",
        "NothingAnsweredWarning",
        "no result",
        ("replay",),
        report=False,
    ),
    *voice(
        "envelopes",
        type("Never", (NeverCompletes, NoReport), {}),
        "neither end nor report",
        "ServerSilent",
        "",
        ("live",),
    ),
]

ROWS = [*WORDS, *REPORTS, *PATIENCE, *TIMES, *ENVELOPES]
