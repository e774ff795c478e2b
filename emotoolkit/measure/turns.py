"""Turn-taking: pauses, latencies and who follows whom, from stretches of speech by channel.

Speech of a channel that is less than `MIN_PAUSE_S` apart is one utterance. Silence and simultaneous speech are named by
the last channel that spoke alone before and the next one after (definitions of Heldner, Edlund, Laskowski & Pelcé
2009):

    the same channel before and after, silence between      pause
    another channel after, silence between                  gap
    another channel after, both at once between             overlap
    the same channel before and after, both at once         aside: the other one spoke within its turn

A floor-transfer offset is the length of a gap, or of an overlap with a minus: about 0.2 s in conversations of all
languages (Levinson & Torreira 2015).

Heldner, M., Edlund, J., Laskowski, K. & Pelcé, A. (2009). Prosodic features in the vicinity of silences and overlaps.
Nordic Prosody: Proceedings of the Xth Conference, 95–105.
Levinson, S. C. & Torreira, F. (2015). Timing in turn-taking and its implications for processing models of language.
Frontiers in Psychology, 6, 731.
de Jong, N. H. & Bosker, H. R. (2013). Choosing a threshold for silent pauses to measure second language fluency.
Proceedings of Disfluency in Spontaneous Speech, 17–20.

Known limits: the cut-off for a pause changes every number here; studies took from 0.1 to 1 s (de Jong & Bosker 2013).
A voice that leaks into the other channel counts as both speaking.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MIN_PAUSE_S", "ChannelSummary", "Transition", "TurnTaking"]

MIN_PAUSE_S = 0.3
"""Seconds of silence that make a pause, as for the end of a stretch of speech (`voice.HANGOVER_FRAMES`)."""

TIME_EPSILON_S = 1e-6
"""Seconds below which two times are equal."""

TimeSpan = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Transition:
    """What lies between two speakers, or between two utterances of one.

    Attributes
    ----------
    kind : {'pause', 'gap', 'overlap', 'aside'}
        As defined in the module.
    start, end : float
        Seconds.
    before, after : int
        Channel that spoke alone before it, and the one that speaks alone after it.
    """

    kind: str
    start: float
    end: float
    before: int
    after: int

    @property
    def seconds(self) -> float:
        """Its duration."""
        return self.end - self.start

    @property
    def offset(self) -> float:
        """Floor-transfer offset in seconds: negative for an overlap."""
        return -self.seconds if self.kind == "overlap" else self.seconds


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """One channel's part in a conversation; None where there was nothing to measure.

    Attributes
    ----------
    speech : float
        Seconds of speech, pauses not counted.
    utterances : int
        Stretches of speech separated by at least `MIN_PAUSE_S` seconds of the channel's own silence.
    onset : float or None
        Seconds until its first word: onset latency.
    pauses : int
        Silences between two of its utterances, without another channel's speech.
    pause_share : float or None
        Share of its pauses in the time of its pauses and its speech, 0 to 1.
    pause_mean, pause_median, pause_longest : float or None
        Lengths of the pauses, in s.
    turns : int
        How often it took the floor from another channel.
    response : float or None
        Median floor-transfer offset when it did, in s: response latency; negative for an overlap.
    overlapped : float
        Seconds of its speech during which another channel spoke, too.
    """

    speech: float
    utterances: int
    onset: float | None
    pauses: int
    pause_share: float | None
    pause_mean: float | None
    pause_median: float | None
    pause_longest: float | None
    turns: int
    response: float | None
    overlapped: float


class TurnTaking:
    """Collect stretches of speech, each channel's in order, and find pauses, gaps, overlaps and asides.

    Examples
    --------
    >>> turns = TurnTaking()
    >>> for channel, start, end in [(0, 1.0, 3.0), (1, 3.2, 5.0), (0, 4.5, 6.0), (0, 6.5, 8.0)]:
    ...     turns.add(channel, start, end)
    >>> [(each.kind, each.start, each.end, each.before, each.after) for each in turns.transitions()]
    [('gap', 3.0, 3.2, 0, 1), ('overlap', 4.5, 5.0, 1, 0), ('pause', 6.0, 6.5, 0, 0)]
    >>> turns.summary(0).response
    -0.5
    """

    def __init__(self) -> None:
        self._utterances: dict[int, list[TimeSpan]] = {}

    @property
    def channels(self) -> tuple[int, ...]:
        """Channels that were added, in order."""
        return tuple(sorted(self._utterances))

    def add(self, channel: int, start: float, end: float) -> None:
        """Add the next stretch of a channel, in seconds; an empty one, or one with NaN, is ignored."""
        utterances = self._utterances.setdefault(channel, [])
        if not start < end:
            return
        if utterances and start - utterances[-1][1] < MIN_PAUSE_S - TIME_EPSILON_S:
            utterances[-1] = (utterances[-1][0], max(utterances[-1][1], end))
        else:
            utterances.append((start, end))

    def utterances(self, channel: int) -> list[TimeSpan]:
        """Return start and end of each utterance of a channel."""
        return list(self._utterances.get(channel, ()))

    def transitions(self) -> list[Transition]:
        """Return the transitions between the utterances so far, in order."""
        return list(_transitions(_floor_spans(self._utterances)))

    def summary(self, channel: int) -> ChannelSummary:
        """Summarize a channel."""
        utterances, between = self.utterances(channel), self.transitions()
        speech = sum(end - start for start, end in utterances)
        pauses = [each.seconds for each in between if each.kind == "pause" and each.before == channel]
        offsets = [each.offset for each in between if each.after == channel != each.before]
        return ChannelSummary(
            speech=speech,
            utterances=len(utterances),
            onset=utterances[0][0] if utterances else None,
            pauses=len(pauses),
            pause_share=sum(pauses) / (sum(pauses) + speech) if utterances else None,
            pause_mean=fmean(pauses) if pauses else None,
            pause_median=median(pauses) if pauses else None,
            pause_longest=max(pauses, default=None),
            turns=len(offsets),
            response=median(offsets) if offsets else None,
            overlapped=sum(
                end - start for start, end, who in _floor_spans(self._utterances) if channel in who and len(who) > 1
            ),
        )


_FloorSpan = tuple[float, float, frozenset[int]]


def _floor_spans(utterances: dict[int, list[TimeSpan]]) -> list[_FloorSpan]:
    """Find spans with the set of channels that speak, contiguous from the first word to the last."""
    begins = [(start, channel, True) for channel, spans in utterances.items() for start, _ in spans]
    ends = [(end, channel, False) for channel, spans in utterances.items() for _, end in spans]
    floor: list[_FloorSpan] = []
    speaking: set[int] = set()
    before = 0.0
    for time, changes in groupby(sorted(begins + ends), key=lambda change: change[0]):
        if floor or speaking:
            floor.append((before, time, frozenset(speaking)))
        for _, channel, begins_now in sorted(changes, key=lambda change: change[2]):
            (speaking.add if begins_now else speaking.discard)(channel)
        before = time
    return floor


def _transitions(floor: Iterable[_FloorSpan]) -> Iterator[Transition]:
    """Yield what lies between spans of one speaker alone; a channel that begins as the other ends makes a gap of 0 s.

    Where both fall silent and both begin again, silence and overlap are two transitions.
    """
    alone: int | None = None
    waiting: list[_FloorSpan] = []
    for start, end, who in floor:
        if len(who) != 1:
            waiting.append((start, end, who))
            continue
        (after,) = who
        if alone is not None:
            at_once = [(start, start, frozenset[int]())] if alone != after else []
            yield from (_transition(each, alone, after) for each in waiting or at_once)
        alone, waiting = after, []


def _transition(span: _FloorSpan, before: int, after: int) -> Transition:
    start, end, who = span
    kinds = ("aside", "overlap") if who else ("pause", "gap")
    return Transition(kinds[before != after], start, end, before, after)
