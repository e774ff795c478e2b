"""A report that fails costs nothing but itself: the segments stay, it is said, and nothing is sent twice for it."""

import math
import warnings

import pandas as pd
import pytest

import emotoolkit as emo
from emotoolkit import Replay
from emotoolkit.errors import ReportMissingWarning, ServerFault, ServerSilent
from tests.support.scripted_emotion_logic import NeverCompletes, NoReport, ReportFails, Scripted, serving

NO_VOICE = {"success": False, "errorCode": 9, "error": "no voice"}
INF = {"speed": math.inf, "progress": False}

FAILURES = [
    ("analysis-report-ready", NO_VOICE, r"no voice \(code 9\)"),
    ("analysis-report-ready", {"success": False}, "no reason given"),
    ("analysis-report-ready", {"success": "false", "error": "Too Short"}, "Too Short"),
    ("analysis-report-ready", {"success": 0, "error": "x"}, "x"),
    ("analysis-report-ready", {"success": False, "errorCode": {"n": 1}, "error": "y"}, "y"),
    ("audio-analysis-error", {"errorCode": 13, "error": "report engine lost"}, r"engine lost \(code 13\)"),
    ("analysis-error", "it broke", "it broke"),
    ("analysis-error", {"message": "no report here"}, "no report here"),
    ("disconnect", None, "was not answered"),
    (None, None, "was not answered"),
]
"""What a server says in place of a report, and how that reads."""


@pytest.mark.parametrize(("event", "value", "said"), FAILURES)
def test_the_segments_stay(talk, event, value, said):
    """Whatever becomes of the report, the segments are there, and the notice has the server's own words."""
    with serving(ReportFails(event, value)) as url, pytest.warns(ReportMissingWarning, match=said) as told:
        made = emo.replay(talk, emo.EmotionLogic(url=url, timeout=3.0, warm_up=3.0), **INF)
    assert len(told) == 1
    assert made.complete
    assert len(made.segments) == 1
    assert made.report is None
    assert f"sent no report on {made.file!r}" in str(told[0].message)
    assert [type(each) for each in Replay.read(made.journal).notices()] == [ReportMissingWarning]
    assert "sent no report on" in made._repr_html_()


@pytest.mark.no_speech
@pytest.mark.parametrize(
    "value",
    [
        {"success": True, "data": {"reports": {"summary": 1}}},
        {"reports": {"summary": 1}},
        {"data": {"reports": {"summary": 1}}},
        '{"success": true, "data": {"reports": {"summary": 1}}}',
        '{"reports": {"summary": 1}}',
        {"success": True, "data": '{"reports": {"summary": 1}}'},
        [{"success": True, "data": {"reports": {"summary": 1}}}],
        {"success": True, "data": [{"reports": {"summary": 1}}]},
        {"success": "true", "data": {"reports": {"summary": 1}}},
        {"success": True, "data": {"data": {"reports": {"summary": 1}}}},
        {"success": True, "reports": {"summary": 1}},
    ],
    ids=str,
)
def test_reports_in_other_words(talk, value):
    """A report without its envelope, in one more, or as JSON text, is a report."""

    class Server(NeverCompletes):
        async def report(self, sid, event):
            await self.emit("analysis-report-ready", value, to=sid)

    with serving(Server()) as url, warnings.catch_warnings():
        warnings.simplefilter("error", ReportMissingWarning)
        made = emo.replay(talk, emo.EmotionLogic(url=url, timeout=1.0, warm_up=1.0), **INF)
    assert made.report == {"reports": {"summary": 1}}


@pytest.mark.parametrize(
    "value", [None, 7, "words", [], {}, {"success": True}, {"success": True, "data": None}, NO_VOICE], ids=str
)
def test_an_answer_is_an_answer(talk, value):
    """A report that is none, or cannot be read, still shows that everything has arrived."""

    class Server(NeverCompletes):
        async def report(self, sid, event):
            await self.emit("analysis-report-ready", value, to=sid)

    said = "no voice" if value is NO_VOICE else "could not be read"
    with serving(Server()) as url, warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = emo.replay(talk, emo.EmotionLogic(url=url, timeout=1.0, warm_up=1.0), **INF)
    assert [said in str(each.message) for each in told if each.category is ReportMissingWarning] == [True]
    assert made.complete


def test_what_is_no_report_fails(talk):
    """A fault before everything has arrived is one of the whole session, and so is silence at the end."""

    class Broken(NeverCompletes):
        async def report(self, sid, event):
            await self.emit("analysis-error", {"errorCode": 13, "error": "engine lost"}, to=sid)

    class Silent(NeverCompletes, NoReport):
        pass

    for server, error in ((Broken(), ServerFault), (Silent(), ServerSilent)):
        with serving(server) as url, pytest.raises(error):
            emo.replay(talk, emo.EmotionLogic(url=url, timeout=0.5, warm_up=0.5), **INF)


def test_not_wanted(talk):
    """Where no report was wanted, none is missed."""
    with serving(ReportFails("analysis-report-ready", NO_VOICE)) as url, warnings.catch_warnings():
        warnings.simplefilter("error", ReportMissingWarning)
        made = emo.replay(talk, emo.EmotionLogic(url=url, report=False), **INF)
    assert len(made.segments) == 1


@pytest.mark.parametrize(("event", "value", "said"), FAILURES)
def test_in_a_run(talk, tmp_path, event, value, said):
    """A run keeps the recording with its segments and the notice, and never sends it again."""
    corpus = pd.DataFrame({"file": [str(talk.path)]})
    server = ReportFails(event, value)
    with serving(server) as url:
        api = emo.EmotionLogic(url=url, timeout=1.0, warm_up=1.0)
        runs = [emo.replay_dataset(corpus, api, folder=tmp_path / "run", **INF) for _ in range(2)]
    assert sum(name == "handshake" for name, _ in server.heard) == 1
    for run in runs:
        assert run.summary["status"].tolist() == ["done, with notices"]
        assert run.summary["attempts"].tolist() == [1]
        assert len(run.segments) == 1
        assert run.failures.empty
        assert run.notices["notice"].tolist() == ["ReportMissingWarning"]
        assert run.notices["sentence"].str.contains(said).all()


def test_what_is_not_tried_again(talk, tmp_path):
    """A recording of which the server says that nothing is in it to be analysed is sent once."""

    class NoVoice(Scripted):
        async def complete(self, sid):
            await self.emit("audio-analysis-completed", NO_VOICE, to=sid)

    server = NoVoice()
    with serving(server) as url:
        run = emo.replay_dataset(
            pd.DataFrame({"file": [str(talk.path)]}), emo.EmotionLogic(url=url), folder=tmp_path / "run", **INF
        )
    assert run.failures["attempts"].tolist() == [1]
    assert sum(name == "handshake" for name, _ in server.heard) == 1
