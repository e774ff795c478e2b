"""How long any step of a conversation may take, whatever a server promises and however much it talks. Pure."""

__all__ = ["MOST_S", "longest_wait"]

MOST_S = 600.0
"""Seconds that a server gets for a step at most, unless the media that it was sent last longer: windows of 3 s are
answered in 12 s, so who takes longer than that and than the media has more to do than it will ever get done."""


def longest_wait(sent: float, silence: float) -> float:
    """Give the most seconds that a step may take.

    Parameters
    ----------
    sent : float
        Seconds of media that the server was sent.
    silence : float
        Seconds for which the settings let it be silent.

    Examples
    --------
    >>> longest_wait(30.0, 20.0), longest_wait(3600.0, 20.0), longest_wait(30.0, 900.0)
    (600.0, 3600.0, 900.0)
    """
    return max(MOST_S, sent, silence)
