"""What may be tried again is one table, by error, step and code."""

import pytest

from emotoolkit import errors
from emotoolkit.datasets.batch.retries import RULES, may_retry

SERVER = {"api": "an API", "url": "http://127.0.0.1:1", "sent": 3.0}


def fault(code=None, reason="it failed", step=None):
    return errors.ServerFault(**SERVER, code=code, reason=reason, step=step)


def refused(code, reason="it declined"):
    return errors.ServerRefused(**SERVER, code=code, reason=reason)


def gone(code):
    return errors.ServerGone(**SERVER, code=code, reason=f"close code {code}")


@pytest.mark.parametrize(
    ("problem", "again"),
    [
        (fault("13", "engine lost", "audio-analysis-error"), True),
        (fault("9", "no voice", "audio-analysis-error"), False),
        (fault("9", "The recording has too little voice", "analysis-error"), False),
        (fault("9", "Too Short", "audio-analysis-completed"), False),
        (fault("9", "not enough speech found"), False),
        (fault("13", "engine lost", "analysis-report-ready"), False),
        (fault("ih1001"), True),
        (fault("ih1003"), True),
        (fault("ih2010"), False),
        (fault("ih3002"), True),
        (fault("ih3003"), False),
        (fault("ih4007"), False),
        (fault("ih5004"), False),
        (fault("ih6002"), False),
        (fault("ih6003"), True),
        (fault(), True),
        (refused(503), True),
        (refused("ih1002"), True),
        (refused(429), True),
        (refused("77", "no licence"), True),
        (refused(401), False),
        (refused(403), False),
        (refused(404), False),
        (refused(307), False),
        (refused("9005"), False),
        (refused("ih2001"), False),
        (gone(1006), True),
        (gone(1011), True),
        (gone(1013), True),
        (gone(1003), False),
        (gone(1009), False),
        (gone(4001), False),
        (errors.ServerGone(**SERVER, reason="cut off"), True),
        (errors.ServerSilent(**SERVER, step="connect", timeout=10), True),
        (errors.ServerEndless(**SERVER, step="session.close", timeout=600), True),
        (errors.ServerUnreachable(**SERVER, reason="refused"), True),
        (errors.WorkerGone(code=9, words=""), True),
        (errors.LocalServerFailed(api="an API", code=1, words=""), True),
        (errors.OldSocketIO(**SERVER), False),
        (errors.NotMedia(file="a", reason="b"), False),
        (errors.ReadingFailed(file="a", sent=1.0, reason="b"), False),
        (errors.InternalError(reason="b"), False),
        (ValueError(), False),
    ],
    ids=repr,
)
def test_tried_again(problem, again):
    """What the next attempt would meet again is not tried again."""
    assert may_retry(problem) is again


def test_every_line_says_why():
    """Each line of the table has its reason, and the last one catches what no other does."""
    assert all(rule.why for rule in RULES)
    assert RULES[-1].applies(BaseException())
