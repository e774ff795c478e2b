"""Log lines between processes: one line each, without keys, paths and tracebacks."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from emotoolkit.utils import process_log
from emotoolkit.utils.process_log import host_of, name_of


@pytest.fixture
def package_logger():
    """The package's logger, which is afterwards as it was."""
    logger = logging.getLogger(process_log.PACKAGE)
    before = logger.level, logger.propagate, list(logger.handlers)
    yield logger
    logger.level, logger.propagate, logger.handlers[:] = before
    logger.setLevel(before[0])


@pytest.mark.parametrize("message", ["plain", "two\nlines", "naïve … ", 'log 3 "quoted"', "50 % of %s"])
def test_from_process_to_process(package_logger, caplog, message):
    """A record is one line, and comes out with the level, the name and the message that it had."""
    lines = []
    process_log.forward(lines.append)
    logging.getLogger("emotoolkit.replays.engine").info("%s", message)
    assert len(lines) == 1
    assert "\n" not in lines[0]
    first, _, rest = lines[0].partition(" ")
    assert first == process_log.PREFIX
    package_logger.handlers.clear()
    package_logger.propagate = True
    with caplog.at_level(logging.INFO, logger="emotoolkit"):
        process_log.relay(rest)
    assert caplog.record_tuples == [("emotoolkit.replays.engine", logging.INFO, message)]


def test_an_exception_is_its_class_alone(package_logger):
    """A traceback has paths of this machine in it, and its text perhaps a key."""
    lines = []
    process_log.forward(lines.append)
    try:
        Path("/home/eva/patients/a.wav").stat()
    except OSError:
        logging.getLogger("emotoolkit.x").exception("a job failed")
    assert lines[0].endswith('"a job failed (FileNotFoundError)"]')


@pytest.mark.parametrize("problem", [BrokenPipeError, ValueError, RuntimeError])
def test_a_parent_that_has_ended(package_logger, problem):
    """Where nobody reads any more, nothing fails."""

    def write(line):
        raise problem

    process_log.forward(write)
    logging.getLogger("emotoolkit.x").info("told to nobody")


class Failing(logging.Handler):
    """A user's handler with a slip in it."""

    def emit(self, record):
        raise KeyError(record.name)


@pytest.mark.parametrize("line", ["", "torn [", "[20]", "null", '["x", "y", "z"]', '[20, "emotoolkit.x", "told"]'])
def test_reading_never_fails(package_logger, line):
    """Neither a torn line nor a handler that fails ends the thread that reads the pipe."""
    package_logger.addHandler(Failing())
    package_logger.setLevel(logging.DEBUG)
    process_log.relay(line)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://127.0.0.1:2259", "127.0.0.1:2259"),
        ("wss://eva:geheim@api.example.org/v1?api_key=geheim", "api.example.org"),
        ("lab:2259/geheim", "lab:2259"),
        ("http://[::1]:80/geheim", "::1:80"),
        ("http://host:geheim", "?"),
        ("", "?"),
    ],
)
def test_hosts(address, host):
    """Of an address, host and port."""
    assert host_of(address) == host


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/geheim/a.wav", "a.wav"),
        ("b.wav", "b.wav"),
        ("C:\\geheim\\c.wav", "c.wav"),
        ("s3://geheim/d.wav", "d.wav"),
        ("https://h/geheim/e.wav?token=geheim", "e.wav"),
    ],
)
def test_files(path, name):
    """Of a path, the file's name."""
    assert name_of(path) == name


@pytest.mark.parametrize("how", ["warning", "error", "critical"])
def test_nothing_is_printed_by_default(how):
    """Python prints what no handler takes; the package has one that takes all, and does nothing."""
    code = f"import emotoolkit, logging; logging.getLogger('emotoolkit.x').{how}('told')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
