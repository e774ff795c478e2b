"""Media times as text."""

from __future__ import annotations

__all__ = ["format_time"]


def format_time(seconds: float, digits: int = 0, *, hours: bool = False) -> str:
    """Write a media time as m:ss, from one hour on as h:mm:ss.

    Parameters
    ----------
    seconds : float
        The time; rounded.
    digits : int
        Decimal places of the seconds.
    hours : bool
        Whether hours are always shown.

    Examples
    --------
    >>> format_time(75), format_time(75.25, 2), format_time(59.96, 1), format_time(-0.5, 1)
    ('1:15', '1:15.25', '1:00.0', '−0:00.5')
    >>> format_time(3600), format_time(75, hours=True)
    ('1:00:00', '0:01:15')
    """
    unit = 10**digits
    count = round(abs(seconds) * unit)
    minutes, rest = divmod(count, 60 * unit)
    whole, fraction = divmod(rest, unit)
    hour_count, minutes = divmod(minutes, 60)
    text = f"{hour_count}:{minutes:02}:" if hours or hour_count else f"{minutes}:"
    text += f"{whole:02}" + (f".{fraction:0{digits}}" if digits else "")
    return f"−{text}" if seconds < 0 and count else text
