"""Media times as people read them."""

from __future__ import annotations

__all__ = ["clock"]


def clock(seconds: float, digits: int = 0, *, hours: bool = False) -> str:
    """Write a media time as m:ss, from one hour on as h:mm:ss.

    Parameters
    ----------
    seconds : float
        The time; rounded.
    digits : int
        Digits of a second behind the point.
    hours : bool
        Whether there are hours in any case.

    Examples
    --------
    >>> clock(75), clock(75.25, 2), clock(3600), clock(75, hours=True), clock(59.96, 1), clock(-0.5, 1)
    ('1:15', '1:15.25', '1:00:00', '0:01:15', '1:00.0', '−0:00.5')
    """
    unit = 10**digits
    count = round(abs(seconds) * unit)
    minutes, rest = divmod(count, 60 * unit)
    whole, part = divmod(rest, unit)
    over, minutes = divmod(minutes, 60)
    text = f"{over}:{minutes:02}:" if hours or over else f"{minutes}:"
    text += f"{whole:02}" + (f".{part:0{digits}}" if digits else "")
    return f"−{text}" if seconds < 0 and count else text
