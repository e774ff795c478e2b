"""What may be tried again in a run, in one table: which error, at which step of the session, with which code. Pure.

An error that the next attempt would meet again only costs a pass over the recording, which some services bill.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from emotoolkit.errors import (
    LocalServerFailed,
    MessageTooLarge,
    OldSocketIO,
    ServerFault,
    ServerGone,
    ServerRefused,
    ServerSilent,
    ServerUnreachable,
    WorkerGone,
)

__all__ = ["RULES", "RetryRule", "may_retry"]


@dataclass(frozen=True)
class RetryRule:
    """One line of the table. What it leaves empty, it does not ask for.

    Attributes
    ----------
    errors : tuple of type
        Classes of error.
    retry : bool
        Whether another attempt may end otherwise.
    why : str
        The reason.
    steps : tuple of str
        Step of the session: the name of the message that said so.
    codes : tuple of str
        What the server's code begins with.
    words : str
        Regular expression for the server's reason, for servers whose codes are not public.
    """

    errors: tuple[type[BaseException], ...]
    retry: bool
    why: str
    steps: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    words: str = ""

    def applies(self, problem: BaseException) -> bool:
        """Whether the line is about this error."""
        facts = getattr(problem, "facts", {})
        return (
            isinstance(problem, self.errors)
            and (not self.steps or facts.get("step") in self.steps)
            and (not self.codes or str(facts.get("code")).startswith(self.codes))
            and re.search(self.words, str(facts.get("reason", "")), re.IGNORECASE) is not None
        )


NO_VOICE = r"\b(too short|too little|not enough|no|without)\b.{0,20}\b(voice|speech|sound|audio)\b|\btoo short\b"
"""What servers say of a recording with nothing in it to be analysed."""

RULES = (
    RetryRule((OldSocketIO,), retry=False, why="the server speaks another version"),
    RetryRule((MessageTooLarge,), retry=False, why="it would send as much again"),
    RetryRule((ServerRefused, ServerFault), retry=False, why="the key is wrong", codes=("ih2", "401", "403")),
    RetryRule((ServerRefused,), retry=False, why="nothing is at that address", codes=("301", "302", "303", "307")),
    RetryRule((ServerRefused,), retry=False, why="nothing is at that address", codes=("308", "404", "405", "410")),
    RetryRule((ServerRefused, ServerFault), retry=False, why="the quota is used up", codes=("ih3003", "ih3006")),
    RetryRule((ServerRefused, ServerFault), retry=False, why="the media are not what it takes", codes=("ih4", "ih5")),
    RetryRule((ServerRefused, ServerFault), retry=False, why="the request is not legal", codes=("ih6001", "ih6002")),
    RetryRule((ServerRefused,), retry=False, why="the handshake is not legal", codes=("900", "9010", "9011")),
    RetryRule((ServerFault,), retry=False, why="there is nothing in it to be analysed", words=NO_VOICE),
    RetryRule((ServerFault,), retry=False, why="all was analysed but the report", steps=("analysis-report-ready",)),
    RetryRule((ServerGone,), retry=False, why="the media are not what it takes", codes=("1003", "1007", "1009")),
    RetryRule((ServerGone,), retry=False, why="the key is wrong", codes=("4001", "4003")),
    RetryRule((ServerRefused, ServerFault, ServerGone), retry=True, why="it may have been busy, or started anew"),
    RetryRule((ServerSilent, ServerUnreachable), retry=True, why="it may be back by then"),
    RetryRule((WorkerGone, LocalServerFailed), retry=True, why="it is started anew"),
    RetryRule((BaseException,), retry=False, why="it is about the recording, or about this machine"),
)
"""The first line that applies counts."""


def may_retry(problem: BaseException) -> bool:
    """Whether another attempt may end otherwise.

    Examples
    --------
    >>> about = {"api": "Emotion Logic", "url": "http://127.0.0.1:1", "sent": 3.0, "step": "audio-analysis-error"}
    >>> may_retry(ServerFault(**about, reason="engine lost", code="13"))
    True
    >>> may_retry(ServerFault(**about, reason="no voice found", code="9"))
    False
    """
    return next(rule.retry for rule in RULES if rule.applies(problem))
