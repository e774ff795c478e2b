"""Reports of exceptions: a server's own faults, in a line and a traceback without this machine's folders."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import subprocess
import sys

import pytest
from aiohttp import http_exceptions, web

from emotoolkit.utils import fault_reports
from emotoolkit.utils.fault_reports import FaultReport, describe, read


def raised(problem):
    """The exception, as it was caught."""
    with pytest.raises(BaseException) as caught:
        raise problem
    return caught.value


class Wordless(Exception):
    """An exception whose text cannot be made."""

    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (KeyError("x"), "KeyError: 'x', in "),
        (ValueError(), "ValueError, in "),
        (Wordless(), "Wordless, in "),
        (ValueError("a" * 10_000), "ValueError: " + "a" * fault_reports.MAX_MESSAGE_CHARS + ", in "),
        (
            FileNotFoundError(2, "No such file", "/home/eva/a b/x.wav"),
            "FileNotFoundError: [Errno 2] No such file: 'x.wav', in ",
        ),
        (ValueError(r"C:\Users\Eva May\x.wav is torn"), "ValueError: "),
        (ValueError('no "C:\\Users\\Eva May\\x.wav" here'), 'ValueError: no "x.wav" here, in '),
        (ValueError("http://127.0.0.1:80/v1/stream said no"), "ValueError: http://127.0.0.1:80/v1/stream said no, in "),
        (ValueError("3/4 of a/b"), "ValueError: 3/4 of a/b, in "),
    ],
)
def test_in_a_line(problem, said):
    """Class, text and place; paths are names alone, addresses are left, and no text is too long or fails."""
    report = describe(raised(problem))
    assert report.summary.startswith(said)
    assert report.summary.endswith(" (raised)")
    assert "\n" not in report.summary.replace(str(problem) if not isinstance(problem, Wordless) else "", "")
    assert "/home/" not in report.summary + report.traceback
    assert read(report.line().partition(" ")[2]) == report


def test_a_traceback_has_causes_and_an_end():
    """What was raised while another was handled is there; a recursion without end is cut at its beginning."""

    def recurse():
        recurse()

    def recover():
        try:
            recurse()
        except RecursionError as problem:
            raise ValueError("at last") from problem

    with pytest.raises(RecursionError) as endless:
        recurse()
    assert len(describe(endless.value).traceback) <= fault_reports.MAX_TRACEBACK_CHARS
    with pytest.raises(ValueError, match="at last") as caught:
        recover()
    assert describe(caught.value).traceback.endswith("ValueError: at last")


@pytest.mark.parametrize("text", ["", "[", "[1]", "3", "null", '["a", "b", "c"]'])
def test_a_torn_line(text):
    """Is no report."""
    assert read(text) is None
    assert read(json.dumps(["a", "b"])) == FaultReport("a", "b")


CLIENTS = [
    ConnectionResetError(),
    BrokenPipeError(),
    asyncio.CancelledError(),
    KeyboardInterrupt(),
    ssl.SSLError("alert"),
    http_exceptions.BadStatusLine("x"),
    web.HTTPRequestEntityTooLarge(max_size=1, actual_size=2),
]


@pytest.fixture
def lines():
    """What is reported of this process; afterwards its loggers are as they were."""
    import threading

    loggers, hook, found = (logging.getLogger(), logging.getLogger("emotoolkit")), threading.excepthook, []
    before = [list(each.handlers) for each in loggers]
    fault_reports.forward(found.append)
    yield found
    threading.excepthook = hook
    for logger, handlers in zip(loggers, before, strict=True):
        logger.handlers[:] = handlers


@pytest.mark.parametrize("problem", CLIENTS, ids=lambda each: type(each).__name__)
def test_what_a_client_did(lines, problem):
    """That a client has gone, or said nonsense, is no fault of the server."""
    logging.getLogger("aiohttp.server").error("Error handling request", exc_info=raised(problem))
    assert lines == []


@pytest.mark.parametrize("name", ["aiohttp.server", "engineio.server", "asyncio", "emotoolkit.apis.x", "somebody.else"])
def test_whoever_logs_it(lines, name, capsys):
    """Each library that catches an exception and logs it; the same exception is reported once."""
    problem = raised(KeyError("x"))
    for _ in range(2):
        logging.getLogger(name).error("it has failed", exc_info=problem)
    assert [read(line.partition(" ")[2]).summary.partition(",")[0] for line in lines] == ["KeyError: 'x'"]
    assert "KeyError: 'x'" in capsys.readouterr().err
    logging.getLogger(name).warning("no exception")


def test_a_thread(lines):
    """An exception that ends a thread is reported."""
    import threading

    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert "ZeroDivisionError" in lines[0]


def test_a_parent_that_has_ended():
    """Where nobody reads any more, nothing else fails."""
    code = """
import logging
from emotoolkit.utils import fault_reports
def write(line): raise BrokenPipeError
fault_reports.forward(write)
try: 1 / 0
except ZeroDivisionError: logging.getLogger("x").exception("failed")
print("on")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "on\n"
