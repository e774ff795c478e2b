"""Format numbers of files: a later format is refused with a sentence, not misread."""

from __future__ import annotations

__all__ = ["check_format"]


def check_format(kind: str, found: object, known: int) -> None:
    """Raise ValueError if a file has a later format than this version can read.

    Parameters
    ----------
    kind : str
        Kind of the file, for the message.
    found : object
        The file's format number.
    known : int
        The latest format that can be read.

    Examples
    --------
    >>> check_format("journal", 1, 1)
    >>> check_format("journal", 99, 1)
    Traceback (most recent call last):
    ValueError: it is a journal of format 99, which a later version of emotoolkit wrote; this one reads up to 1
    """
    if not isinstance(found, int) or found > known:
        raise ValueError(
            f"it is a {kind} of format {found}, which a later version of emotoolkit wrote; this one reads up to {known}"
        )
