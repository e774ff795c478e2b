"""How long any step of a conversation may take, whatever a server promises and however much it talks. Pure."""

__all__ = ["STEP_TIMEOUT_S", "step_timeout"]

STEP_TIMEOUT_S = 600.0
"""Seconds that a server gets for a step at most, unless the media that it was sent last longer: windows of 3 s are
answered in 12 s, so who takes longer than that and than the media has more to do than it will ever get done."""


def step_timeout(sent: float, silence: float) -> float:
    """Give the most seconds that a step may take.

    Parameters
    ----------
    sent : float
        Seconds of media that the server was sent.
    silence : float
        Seconds for which the settings let it be silent.

    Examples
    --------
    >>> step_timeout(30.0, 20.0), step_timeout(3600.0, 20.0), step_timeout(30.0, 900.0)
    (600.0, 3600.0, 900.0)
    """
    return max(STEP_TIMEOUT_S, sent, silence)
