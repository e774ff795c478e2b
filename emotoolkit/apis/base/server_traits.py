"""What the server at an address lacks, learnt in a session and remembered for the next ones of this process.

Servers of one API differ in the steps that they know. A session that waits for a missing step loses the whole timeout;
ten thousand sessions shall not. Only what a server has shown counts: a step is missing when the server answered a later
one instead. As soon as it is seen, it is no longer missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FIRST_ANSWER", "ServerTraits", "of"]

FIRST_ANSWER = "first answer"
"""Name, among the steps of a server, of an answer after a long silence."""


@dataclass
class ServerTraits:
    """What is known of one server.

    Attributes
    ----------
    missing : set of str
        Steps that it does not know.
    longest_silence : float
        Seconds that passed at most between two messages after the last media.
    longest_first_wait : float
        Seconds after the last media at which a first answer came, at most.
    """

    missing: set[str] = field(default_factory=set)
    longest_silence: float = 0.0
    longest_first_wait: float = 0.0

    def lacks(self, step: str) -> bool:
        """Whether the server is known not to have a step."""
        return step in self.missing

    def has(self, step: str) -> None:
        """Note that the server has a step."""
        self.missing.discard(step)

    def has_not(self, step: str) -> None:
        """Note that the server does not have a step."""
        self.missing.add(step)

    def note_silence(self, seconds: float) -> None:
        """Note the time between two messages after the last media."""
        self.longest_silence = max(self.longest_silence, seconds)

    def note_first_wait(self, seconds: float) -> None:
        """Note how long after the last media the first answer came."""
        self.longest_first_wait = max(self.longest_first_wait, seconds)


_TRAITS: dict[str, ServerTraits] = {}


def of(address: str) -> ServerTraits:
    """Return what is known of the server at an address.

    Examples
    --------
    >>> of("http://127.0.0.1:1").has_not("audio-analysis-completed")
    >>> of("http://127.0.0.1:1").lacks("audio-analysis-completed"), of("http://127.0.0.1:2").missing
    (True, set())
    """
    return _TRAITS.setdefault(address, ServerTraits())
