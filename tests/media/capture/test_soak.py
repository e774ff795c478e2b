"""Twenty minutes from the browser through both APIs: what grows, and what drifts."""

import os
import time

import numpy as np
import psutil
import pytest

import emotoolkit as emo
from emotoolkit.replays import worker_client
from tests.support.browser import chromium
from tests.support.capture_pages import shown
from tests.support.faces import devices

MINUTES = float(os.environ.get("EMOTOOLKIT_SOAK_MINUTES", "20"))

MEGA = 1024 * 1024


def megabytes(pids):
    """Resident memory of some processes, in MB."""
    return sum(psutil.Process(pid).memory_info().rss for pid in pids if psutil.pid_exists(pid)) / MEGA


def of_the_browser():
    """The browser's processes: children of ours that are called so."""
    ours = psutil.Process().children(recursive=True)
    return [each.pid for each in ours if "chrom" in each.name().lower()]


@pytest.mark.soak
@pytest.mark.timeout(MINUTES * 60 + 300)
def test_twenty_minutes(tmp_path, interview):
    """Memory is flat everywhere but where results are kept, and the two APIs' clocks do not drift apart."""
    with chromium(*devices(interview, tmp_path)) as browser:
        source = emo.camera(tmp_path / "session.webm", via="browser", size=(320, 180), rate=20)
        player = emo.Player(source, [emo.EmotionLogic(), emo.Interhuman()])
        with shown(browser, source) as page:
            page.page.evaluate("window.kept = false")  # what a test keeps grows, too
            player.start()
            rows, told = [], time.monotonic()
            while player.sent < MINUTES * 60:
                page.sync()
                page.page.wait_for_timeout(500)
                assert player.failures == ()
                if time.monotonic() - told > 30:
                    told = time.monotonic()
                    rows.append(
                        (
                            player.sent,
                            megabytes(of_the_browser()),
                            megabytes([os.getpid()]),
                            megabytes([worker_client.shared().pid]),
                            megabytes([source._child.pid]),
                            page.page.evaluate("recorder.queue.waiting.length"),
                            player.lateness,
                        )
                    )
                    print("media s {:.0f}: browser {:.0f}, kernel {:.0f}, worker {:.0f}, intake {:.0f} MB, "
                          "{} chunks held, {:.3f} s late".format(*rows[-1]), flush=True)  # fmt: skip
            player.stop()
            while not source.wait(0.05):
                page.page.wait_for_timeout(100)
    voice, face = player.wait()
    table = np.array(rows, float)
    settled = table[table[:, 0] > min(240, MINUTES * 20)]
    growth = settled[-1, 1:5] - settled[0, 1:5]
    print("grew by (browser, kernel, worker, intake) MB", growth.round(1))
    assert (growth < [80, 30, 20, 10]).all()
    for replay in (voice, face):
        late = replay.packets["lateness"].to_numpy()
        begin, end = np.median(late[: len(late) // 4]), np.median(late[-len(late) // 4 :])
        print(replay.api, "lateness (s) first and last quarter", begin.round(3), end.round(3))
    ends = [replay.packets["end"].iloc[-1] for replay in (voice, face)]
    print("ends", ends, source.recording)
    assert abs(ends[0] - ends[1]) < 0.3
    assert (voice.packets["start"].to_numpy()[1:] == voice.packets["end"].to_numpy()[:-1]).all()
