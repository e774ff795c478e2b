"""Faults that a local server can be started with, to see how a client copes with them.

`Faults` lists them; `FaultInjector` applies them to the server's answers, which leave late, twice, in the wrong order,
or torn. Those of the connection (refuse, drop, silent, slow) are applied by the servers themselves.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from msgspec import Struct

__all__ = ["DelayedMessage", "FaultInjector", "Faults"]


class Faults(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """Faults of a local server; none by default.

    Parameters
    ----------
    delay : float
        Seconds by which each answer is late.
    jitter : float
        Seconds at most that are added to the delay, at random for each answer.
    refuse : bool
        Refuse every connection.
    drop : float or None
        Second of media at which the connection ends.
    close_frame : bool
        Whether it then ends by the protocol's own close; False aborts it, as a cut cable would.
    silent : float or None
        Second of media from which on nothing is answered.
    shuffle : int
        Number of answers that are held and sent in another order; 0 keeps the order.
    twice : bool
        Send each answer twice.
    tear : int
        Number, from 1, of the answer whose JSON is cut off in the middle; 0 tears none.
    unknown : bool
        Send a message of an unknown kind before each answer.
    flood : int
        Number of messages of an unknown kind that are sent at once, after the first answer.
    slow : float
        Seconds that the server takes to read each message.
    error : str or None
        Code of an error that is reported at `error_at` seconds of media.
    error_at : float
        See `error`.
    lose : tuple of float or None
        Seconds of media between which nothing is analysed, as under load (Interhuman: `coverage.dropped`).
    blind : tuple of float or None
        The same for the video alone (Interhuman: `coverage.degraded`).
    seed : int
        Seed of the random numbers.

    Examples
    --------
    >>> Faults(drop=12.0, close_frame=False, delay=0.2)
    Faults(delay=0.2, drop=12.0, close_frame=False)
    """

    delay: float = 0.0
    jitter: float = 0.0
    refuse: bool = False
    drop: float | None = None
    close_frame: bool = True
    silent: float | None = None
    shuffle: int = 0
    twice: bool = False
    tear: int = 0
    unknown: bool = False
    flood: int = 0
    slow: float = 0.0
    error: str | None = None
    error_at: float = 0.0
    lose: tuple[float, float] | None = None
    blind: tuple[float, float] | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class DelayedMessage:
    """An answer to be sent `wait` seconds late, whole or torn in the middle."""

    wait: float
    answer: str
    torn: bool = False


@dataclass
class FaultInjector:
    """Applies faults to the answers of one session.

    Parameters
    ----------
    faults : Faults
        The faults.
    unknown : str
        A message of an unknown kind, in the protocol's own form.
    """

    faults: Faults
    unknown: str
    _random: random.Random = field(init=False)
    _held: list[str] = field(init=False, default_factory=list)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._random = random.Random(self.faults.seed)  # noqa: S311 - it simulates a bad network

    def apply(self, answer: str) -> list[DelayedMessage]:
        """Take an answer; return the messages to be sent now, in order. Held answers are sent later."""
        self._count += 1
        if self.faults.shuffle:
            self._held.append(answer)
            return self.flush() if len(self._held) >= self.faults.shuffle else []
        return self._with_faults(answer, self._count)

    def flush(self) -> list[DelayedMessage]:
        """Return the held answers, shuffled."""
        held, self._held = self._held, []
        self._random.shuffle(held)
        return [message for answer in held for message in self._with_faults(answer, self._count)]

    def _with_faults(self, answer: str, number: int) -> list[DelayedMessage]:
        wait = self.faults.delay + self.faults.jitter * self._random.random()
        messages = [DelayedMessage(wait, answer, torn=number == self.faults.tear)]
        if self.faults.unknown:
            messages.insert(0, DelayedMessage(wait, self.unknown))
        if self.faults.twice:
            messages.append(DelayedMessage(0.0, answer))
        if number == 1:
            messages += [DelayedMessage(0.0, self.unknown)] * self.faults.flood
        return messages
