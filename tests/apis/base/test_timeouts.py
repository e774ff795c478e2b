"""How long a step may take: always an end, never less than a server may be silent or than the media last."""

import math

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.timeouts import STEP_TIMEOUT_S, step_timeout

seconds = st.floats(0, 1e6)


@given(seconds, seconds)
def test_it_is_one_of_the_three(sent, silence):
    """The most is the longest of what is ours, what was sent, and what the settings allow; so there always is one."""
    most = step_timeout(sent, silence)
    assert most in (STEP_TIMEOUT_S, sent, silence)
    assert math.isfinite(most)
    assert most >= sent
    assert most >= silence
    assert most >= STEP_TIMEOUT_S
