"""Where progress is shown: a bar on a terminal, few lines in a file, nothing without a standard error."""

import io
import sys

import pytest

from emotoolkit.utils.progress import Progress
from emotoolkit.utils.progress_display import show_progress


class Stream(io.StringIO):
    """A standard error that is a terminal, or a file."""

    def __init__(self, terminal=False):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


class Clock:
    """Time that a test sets."""

    now = 0.0

    def __call__(self):
        return self.now


def run(clock, seconds=120, ends=True):
    """A run of so many seconds, shown ten times a second as by a player."""
    progress = Progress(float(seconds))
    with show_progress("clips", progress.total, clock=clock) as display:
        for tenth in range(10 * seconds):
            clock.now = tenth / 10
            progress.update(clock.now, clock.now / 2)
            display.show(progress, f"{progress.answered:.0f} s answered")
        if ends:
            clock.now = float(seconds)
            progress.finish()
            display.show(progress, "all answered, 2 with notices")


def test_in_a_file_it_is_a_line_every_half_minute(monkeypatch):
    """A night's log has a plain line every 30 s, and one at the end; no carriage return, no escape sequence."""
    stream = Stream()
    monkeypatch.setattr(sys, "stderr", stream)
    run(Clock())
    assert stream.getvalue().splitlines() == [
        "clips: 18%, 15 s answered (00:30 so far, about 03:30 left)",
        "clips: 37%, 30 s answered (01:00 so far, about 03:00 left)",
        "clips: 56%, 45 s answered (01:30 so far, about 02:30 left)",
        "clips: 100%, all answered, 2 with notices (02:00 so far)",
    ]
    assert "\r" not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_the_last_line_says_how_far_it_came(monkeypatch):
    """Where a run is interrupted, the last line is of that moment."""
    stream = Stream()
    monkeypatch.setattr(sys, "stderr", stream)
    run(Clock(), seconds=20, ends=False)
    assert stream.getvalue() == "clips: 74%, 10 s answered (00:19 so far, about 00:20 left)\n"


def test_on_a_terminal_it_is_a_bar(monkeypatch):
    """On a terminal a bar is drawn over and over; it reaches 100 % once, at the end, with the text beside it."""
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    run(Clock(), seconds=20)
    drawn = stream.getvalue().split("\r")
    assert len(drawn) > 10
    assert not any("100%" in line for line in drawn[:-2])  # the last two are alike: tqdm ends its line
    assert "all answered, 2 with notices [00:20<00:00]" in drawn[-1]


def closed():
    """A standard error that was closed."""
    stream = Stream()
    stream.close()
    return stream


class Full(Stream):
    """A standard error whose reader has gone, or whose disk is full."""

    def write(self, text):
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [None, closed(), Full(), Full(terminal=True), object()])
def test_without_a_standard_error_it_is_silent(monkeypatch, stream):
    """None, closed, gone or no file at all: nothing is shown, and nothing fails."""
    monkeypatch.setattr(sys, "stderr", stream)
    run(Clock(), seconds=40)


def test_a_standard_error_that_is_closed_meanwhile(monkeypatch):
    """A replay is not ended by a terminal that has been closed."""
    for terminal in (True, False):
        stream, clock, progress = Stream(terminal), Clock(), Progress(10.0)
        monkeypatch.setattr(sys, "stderr", stream)
        with show_progress("clips", 10.0, clock=clock) as display:
            stream.close()
            clock.now = 31.0
            progress.update(5.0, 5.0)
            display.show(progress, "half")
            display.show(progress, "half")


def test_hidden(monkeypatch):
    """Hidden progress is not shown, anywhere."""
    stream = Stream(terminal=True)
    monkeypatch.setattr(sys, "stderr", stream)
    with show_progress("clips", 10.0, hidden=True) as display:
        display.show(Progress(10.0), "text")
    assert not stream.getvalue()


def test_without_a_total(monkeypatch):
    """Of a live recording there is neither a percentage nor a time left, in a bar or a line."""
    for terminal in (True, False):
        stream, clock, progress = Stream(terminal), Clock(), Progress(float("inf"))
        monkeypatch.setattr(sys, "stderr", stream)
        with show_progress("camera", progress.total, clock=clock) as display:
            clock.now = 31.0
            progress.update(31.0, 30.0)
            display.show(progress, "31 s sent")
        assert "camera: 31 s sent" in stream.getvalue()
        assert "%" not in stream.getvalue()
        assert "left" not in stream.getvalue()
