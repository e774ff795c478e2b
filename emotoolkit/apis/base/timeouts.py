"""The time limit of a step in a session, however many messages come meanwhile. Pure."""

__all__ = ["STEP_TIMEOUT_S", "step_timeout"]

STEP_TIMEOUT_S = 600.0
"""Seconds that a step may take, unless the media that were sent or the timeout for silence are longer. Windows of 3 s
are answered within 12 s, so a server that takes longer than this and than the media will never catch up."""


def step_timeout(sent: float, silence: float) -> float:
    """Compute the seconds that a step may take at most.

    Parameters
    ----------
    sent : float
        Seconds of media that have been sent.
    silence : float
        Seconds without any message that the settings allow.

    Examples
    --------
    >>> step_timeout(30.0, 20.0), step_timeout(3600.0, 20.0), step_timeout(30.0, 900.0)
    (600.0, 3600.0, 900.0)
    """
    return max(STEP_TIMEOUT_S, sent, silence)
