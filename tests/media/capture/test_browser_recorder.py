"""The browser recorder with a clock set by hand, without sockets and without a page."""

import os

import pytest

from emotoolkit.media.capture import recorder_protocol
from emotoolkit.media.capture.browser_recorder import (
    KERNEL_SILENCE_TIMEOUT_S,
    RECONNECT_TIMEOUT_S,
    SILENCE_TIMEOUT_S,
    BrowserRecorder,
    PageLink,
)
from emotoolkit.media.capture.growing_file import GrowingFileWriter, is_growing


class Desk:
    """A recorder whose time is set by hand, and its reports to the notebook."""

    def __init__(self, path):
        self.path, self.time, self.reports = path, 100.0, []
        self.file = GrowingFileWriter(path)
        self.recorder = BrowserRecorder(self.file, self.reports.append, lambda: self.time)

    def after(self, seconds):
        """Let time pass, with a check twice a second."""
        for _ in range(int(seconds * 2)):
            self.time += 0.5
            self.recorder.check_page()
        return self.recorder.ended.is_set()


class Page:
    """A page: what it sends and receives."""

    def __init__(self, desk, name="a", timeout_s=SILENCE_TIMEOUT_S):
        self.desk, self.name, self.received = desk, name, []
        self.link = PageLink(self.received.append, timeout_s)

    def send(self, **message):
        self.desk.recorder.receive({**message, "page": self.name}, self.link)

    def chunk(self, number, data):
        self.desk.recorder.receive_chunk(number.to_bytes(4, "big") + data, self.link)


@pytest.fixture
def desk(tmp_path):
    """A desk that is closed at the end."""
    desk = Desk(tmp_path / "a.webm")
    yield desk
    desk.file.close()


def test_every_chunk_once(desk):
    """Chunks that come twice, or too early, are in the file once and in order; each answer says how many there are."""
    page = Page(desk)
    page.send(do="hello")
    assert page.received == []  # recording has not been requested yet
    desk.recorder.request_start()
    for number, data in ((0, b"a"), (2, b"c"), (1, b"b"), (1, b"b"), (2, b"c"), (0, b"a")):
        page.chunk(number, data)
    assert desk.path.read_bytes() == b"abc"
    assert [each["have"] for each in page.received] == [0, 1, 1, 2, 2, 3, 3]
    assert desk.reports == [recorder_protocol.RecordingBegan()]


def test_a_connection_that_comes_back(desk):
    """A page that comes back in time goes on; the end of its old connection, heard late, is not its own."""
    page = Page(desk)
    page.send(do="hello")
    page.chunk(0, b"a")
    again = Page(desk)
    again.send(do="hello")
    assert again.received == [{"do": "go on", "have": 1}]
    desk.recorder.disconnected(page.link)
    assert not desk.after(RECONNECT_TIMEOUT_S + 1)
    desk.recorder.disconnected(again.link)
    assert desk.after(RECONNECT_TIMEOUT_S + 1)
    assert [type(each) for each in desk.reports] == [recorder_protocol.RecordingBegan, recorder_protocol.RecorderFailed]
    assert desk.reports[-1].error == "PageGone"


def test_a_busy_kernel(desk):
    """Through the kernel a page may be silent for as long as one computes; one that speaks directly may not."""
    page = Page(desk, timeout_s=KERNEL_SILENCE_TIMEOUT_S)
    page.send(do="hello")
    page.chunk(0, b"a")
    assert not desk.after(KERNEL_SILENCE_TIMEOUT_S - 1)
    page.chunk(1, b"b")
    assert not desk.after(KERNEL_SILENCE_TIMEOUT_S - 1)
    assert desk.after(2)
    assert desk.path.read_bytes() == b"ab"


def test_the_last_of_it(desk):
    """A page that was told to stop may go on sending what it holds, however long that takes."""
    page = Page(desk)
    page.send(do="hello")
    page.chunk(0, b"0")
    desk.recorder.stop()
    for number in range(1, 9):
        assert not desk.after(SILENCE_TIMEOUT_S - 2)
        page.chunk(number, b"%d" % number)
    page.send(do="end")
    assert desk.recorder.ended.is_set()
    assert desk.path.read_bytes() == b"012345678"
    assert page.received.count({"do": "stop"}) == 1


def test_stopped_without_an_answer(desk):
    """A page that was told to stop while it asks for permission, and then says nothing, does not hold up the end."""
    page = Page(desk)
    page.send(do="hello")
    desk.recorder.request_start()
    desk.recorder.stop()
    assert desk.after(SILENCE_TIMEOUT_S + 1)
    assert desk.reports == []


def test_another_page(desk):
    """Whoever was there first records; where that one left before it did, another may."""
    page, other = Page(desk), Page(desk, "b")
    page.send(do="hello")
    other.send(do="hello")
    assert other.received == [{"do": "busy"}]
    desk.recorder.disconnected(page.link)
    assert not desk.after(RECONNECT_TIMEOUT_S + 1)
    desk.recorder.request_start()
    other.send(do="hello")
    assert other.received[-1] == {"do": "start", "have": 0}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no disk that is always full")  # noqa: PTH110
def test_a_full_disk(tmp_path):
    """A disk that is full ends the recording with a sentence of its own, and the file is complete."""
    (tmp_path / "a.webm").symlink_to("/dev/full")
    desk = Desk(tmp_path / "a.webm")
    page = Page(desk)
    page.send(do="hello")
    page.chunk(0, b"a")
    assert desk.recorder.ended.is_set()
    assert desk.reports == [
        recorder_protocol.RecorderFailed(
            "FileRefused", {"file": str(tmp_path / "a.webm"), "reason": "No space left on device"}
        )
    ]
    page.send(do="hello")
    assert page.received[-1] == {"do": "ended"}
    desk.file.close()
    assert not is_growing(tmp_path / "a.webm")
