"""Analyse one session on the local server: binary messages in, findings out. No I/O.

Windows of 8 s advance by 3 s on the session's clock (contract page §6.1). A window is closed when sound and pictures
have both passed its end, and all features are looked up by media time: findings depend neither on how the media were
cut into messages nor on how fast they were sent. For the versions of the service that answer each message, the window
is that message (`per_message`): there findings depend on the cut, as they do with that service. Media that are missing
(`coverage.py`) are neither silence nor stillness: they are left out of the measurements, and evidence that overlaps
them is dropped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotoolkit.apis.interhuman.server import scoring
from emotoolkit.apis.interhuman.server.coverage import Gap, received_parts
from emotoolkit.apis.interhuman.server.features import (
    DETECTION_INTERVAL_S,
    FeatureSums,
    PictureFeatureExtractor,
    SoundFeatureExtractor,
)
from emotoolkit.apis.interhuman.server.ingest import MediaDecoder
from emotoolkit.apis.interhuman.server.media_items import ErrorReport, Picture, SoundChunk
from emotoolkit.apis.interhuman.server.session_timeline import accept_all
from emotoolkit.measure.face import Attention
from emotoolkit.measure.voice import FRAME_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from emotoolkit.apis.interhuman.server.evidence import Evidence
    from emotoolkit.apis.interhuman.server.media_items import MediaItem

__all__ = [
    "MIN_WINDOW_S",
    "WINDOW_S",
    "WINDOW_STEP_S",
    "Analyzer",
    "DetectedSignal",
    "EndedSignal",
    "EngagementState",
    "Finding",
    "QualityPeriod",
    "UpdatedSignal",
]

WINDOW_S, WINDOW_STEP_S = 8.0, 3.0
"""Seconds that a window covers, and by which the next one begins later (§6.1)."""

MIN_WINDOW_S = 0.2
"""Seconds after the last whole window from which on they are a window of their own: one face detection; encoders pad
less."""

MAX_TRACK_LAG_S = 5.0
"""Seconds by which one track may lag behind the other before it counts as ended."""

HISTORY_S = 16.0
"""Seconds of features that are kept: a window, and what may be read beyond it."""

MIN_PRESENCE_S = 1.0
"""Seconds that a person must be present for their engagement to be classified."""


@dataclass(frozen=True, slots=True)
class DetectedSignal:
    """A signal became active."""

    signal: str
    start: float
    probability: str
    rationale: str
    modality: str


@dataclass(frozen=True, slots=True)
class UpdatedSignal:
    """Probability or rationale of an active signal changed."""

    signal: str
    start: float
    probability: str
    rationale: str
    modality: str


@dataclass(frozen=True, slots=True)
class EndedSignal:
    """An active signal stopped."""

    signal: str
    end: float


@dataclass(frozen=True, slots=True)
class EngagementState:
    """The engagement state that begins at `start`."""

    state: str
    start: float


@dataclass(frozen=True, slots=True)
class QualityPeriod:
    """Quality of the period from `start` to `end`, and of the session until its end."""

    start: float
    end: float
    values: dict[str, float]
    overall: dict[str, float]
    measured: tuple[str, ...]


Finding = DetectedSignal | UpdatedSignal | EndedSignal | EngagementState | QualityPeriod | Gap | ErrorReport


class Analyzer:
    """Analyses one session, from its first binary message to its end.

    Parameters
    ----------
    accepts_pictures, accepts_sound : callable
        See `MediaDecoder`.
    per_message : bool
        Whether a window ends with each message that has `MIN_WINDOW_S` of new media. It begins where the last one
        ended, or `WINDOW_STEP_S` before its end if it would be shorter.
    """

    def __init__(
        self,
        accepts_pictures: Callable[[float], bool] = accept_all,
        accepts_sound: Callable[[float], bool] = accept_all,
        *,
        per_message: bool = False,
    ) -> None:
        self._per_message = per_message
        self._media = MediaDecoder(self._add_item, accepts_pictures, accepts_sound)
        self._sound = SoundFeatureExtractor()
        self._pictures = PictureFeatureExtractor()
        self._errors: dict[str, ErrorReport] = {}
        self._gaps: list[Gap] = []
        self._missing = _MissingMedia()
        self._window_count = 0
        self._closed_until = 0.0
        self._total = FeatureSums()
        self._state: str | None = None
        self._presence = _Presence()
        self._active: dict[str, list[Evidence]] = {}

    def set_audio_only(self, sampling_rate: int | None = None) -> None:
        """Ignore pictures from now on; see `MediaDecoder.set_audio_only`."""
        self._media.set_audio_only(sampling_rate)

    def feed(self, message: bytes) -> list[Finding]:
        """Analyse a binary message; returns the new findings in order, with one error of each code."""
        self._media.feed(message)
        return self._findings()

    def read(self, file: bytes) -> list[Finding]:
        """Analyse a whole file, in any container; returns as `feed` does."""
        self._media.read(file)
        return self._findings()

    def _findings(self) -> list[Finding]:
        return [*self._pop_errors(), *self._complete_windows(self._measured_until())]

    def finish(self) -> list[Finding]:
        """Analyse the rest and end active signals: no more messages follow."""
        self._media.finish()
        self._sound.finish()
        self._pictures.finish()
        end = round(round(max(self._sound.end, self._pictures.shown) / FRAME_S) * FRAME_S, 2)
        findings = [*self._complete_windows(end)]
        if end - self._closed_until >= MIN_WINDOW_S:
            findings += self._close_window(self._window_start(end), end, math.inf)
        else:  # too short for a window, but all evidence is certain now
            findings += self._update_signals(self._take_evidence(math.inf))
        return [*self._pop_errors(), *findings, *self._end_signals(scoring.SIGNALS), *self._pop_gaps(math.inf)]

    def close(self) -> None:
        """Abort: nothing more is found."""
        self._media.close()

    def _add_item(self, item: MediaItem) -> None:
        match item:
            case Picture():
                self._pictures.add(item)
            case SoundChunk():
                self._sound.add(item)
            case Gap():
                self._gaps.append(item)
                self._missing.note(item)
            case ErrorReport():
                self._errors.setdefault(item.code, item)

    def _pop_errors(self) -> list[ErrorReport]:
        errors = list(self._errors.values())
        self._errors.clear()
        return errors

    def _pop_gaps(self, until: float) -> list[Gap]:
        gaps = [gap for gap in self._gaps if gap.end <= until]
        self._gaps = [gap for gap in self._gaps if gap.end > until]
        return gaps

    def _measured_until(self) -> float:
        """Second up to which both tracks are measured, or all but `MAX_TRACK_LAG_S` of the longer one."""
        ends = [track.end for track in (self._sound, self._pictures) if track.end > 0]
        return max(min(ends), max(ends) - MAX_TRACK_LAG_S) if ends else 0.0

    def _window_start(self, end: float) -> float:
        if self._per_message:
            return max(0.0, min(self._closed_until, end - WINDOW_STEP_S))
        return self._window_count * WINDOW_STEP_S

    def _complete_windows(self, measured_until: float) -> Iterator[Finding]:
        if self._per_message:
            end = round(math.floor(measured_until / FRAME_S + 1e-6) * FRAME_S, 2)
            if end - self._closed_until >= MIN_WINDOW_S:
                yield from self._close_window(self._window_start(end), end, end)
            return
        while (end := self._window_count * WINDOW_STEP_S + WINDOW_S) <= measured_until:
            yield from self._close_window(self._window_count * WINDOW_STEP_S, end, end)

    def _close_window(self, start: float, end: float, known: float) -> Iterator[Finding]:
        """Close a window. The order of its findings is ours; the service's is not documented (§3.11)."""
        evidence = self._take_evidence(known)
        yield from self._update_signals(evidence)
        yield from self._update_engagement(start, end)
        yield self._close_period(end, evidence)
        yield from self._pop_gaps(end)
        self._window_count += 1
        self._sound.forget(start - HISTORY_S)
        self._pictures.forget(start - HISTORY_S)
        self._missing.forget(start - HISTORY_S)

    def _take_evidence(self, known: float) -> list[Evidence]:
        from_sound, from_pictures = self._sound.take_evidence(known), self._pictures.take_evidence(known)
        return [
            *(each for each in from_sound if self._missing.has_all_sound(each.start, each.end)),
            *(each for each in from_pictures if self._missing.has_all_pictures(each.start, each.end)),
        ]

    def _update_signals(self, evidence: list[Evidence]) -> Iterator[Finding]:
        for signal in scoring.SIGNALS:
            yield from self._update_signal(signal, [each for each in evidence if each.signal == signal])

    def _close_period(self, end: float, evidence: list[Evidence]) -> QualityPeriod:
        sums = self._sum_features(self._closed_until, end) + FeatureSums.of(evidence)
        self._total += sums
        period, total = sums.means(), self._total.means()
        begin, self._closed_until = self._closed_until, end
        return QualityPeriod(
            begin, end, scoring.quality(period), scoring.quality(total), scoring.measured_scores(total)
        )

    def _sum_features(self, start: float, end: float) -> FeatureSums:
        sound = (self._sound.measure(*part) for part in self._missing.received_sound(start, end))
        pictures = (self._pictures.measure(*part) for part in self._missing.received_pictures(start, end))
        return sum((*sound, *pictures), FeatureSums())

    def _update_signal(self, signal: str, evidence: list[Evidence]) -> Iterator[Finding]:
        """Detect, update or end a signal: it is active as long as each window has new evidence of it."""
        if not evidence:
            yield from self._end_signals([signal])
            return
        kind = UpdatedSignal if signal in self._active else DetectedSignal
        active = self._active.setdefault(signal, [])
        active += evidence
        rule, strongest = scoring.SIGNALS[signal], max(active, key=lambda each: each.strength)
        rationale = strongest.rationale + (strongest.rationale_suffix.format(len(active)) if len(active) > 1 else "")
        yield kind(signal, active[0].start, rule.probability(strongest.strength), rationale, rule.modality)

    def _end_signals(self, signals: Iterable[str]) -> Iterator[Finding]:
        for signal in signals:
            evidence = self._active.pop(signal, [])
            if evidence:
                yield EndedSignal(signal, max(each.end for each in evidence))

    def _update_engagement(self, start: float, end: float) -> Iterator[EngagementState]:
        """Classify the whole window, except that a person who leaves is disengaged until they are back."""
        since = None if self._presence.away else max(start, self._presence.returned_at)
        for time, away in self._presence.changes(self._closed_until, self._pictures.attention(self._closed_until, end)):
            if not away:
                since = max(start, time)
                continue
            if since is not None and time - since >= MIN_PRESENCE_S:
                yield from self._classify(since, time)
            yield from self._set_state("disengaged", time)
            since = None
        if since is not None and end - since >= min(MIN_PRESENCE_S, end - start):
            yield from self._classify(since, end)

    def _classify(self, start: float, end: float) -> Iterator[EngagementState]:
        """Classify the engagement from `start` to `end`, unless hardly any of the media was received."""
        sums = self._sum_features(start, end)
        if sums.seconds >= min(MIN_PRESENCE_S, end - start):
            yield from self._set_state(scoring.engagement(sums.means()), start)

    def _set_state(self, state: str, start: float) -> Iterator[EngagementState]:
        if state != self._state:
            self._state = state
            yield EngagementState(state, start)


class _MissingMedia:
    """Recent gaps in the media of a session."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []

    def note(self, gap: Gap) -> None:
        """Add a gap."""
        self._gaps.append(gap)

    def forget(self, before: float) -> None:
        """Forget gaps that end before this second."""
        self._gaps = [gap for gap in self._gaps if gap.end > before]

    def received_sound(self, start: float, end: float) -> list[tuple[float, float]]:
        """List the parts of a time range of which the sound was received, or the pictures if there is no sound."""
        return received_parts(start, end, [(gap.start, gap.end) for gap in self._gaps if not gap.has_sound])

    def received_pictures(self, start: float, end: float) -> list[tuple[float, float]]:
        """List the parts of a time range of which the pictures were received.

        The first detection interval after a gap is left out, since its movement is relative to a picture before it.
        """
        return received_parts(start, end, [(gap.start, gap.end + DETECTION_INTERVAL_S) for gap in self._gaps])

    def has_all_sound(self, start: float, end: float) -> bool:
        """Whether the sound of a time range is complete."""
        return not any(gap.start < end and start < gap.end for gap in self._gaps if not gap.has_sound)

    def has_all_pictures(self, start: float, end: float) -> bool:
        """Whether the pictures of a time range are complete."""
        return not any(gap.start < end and start < gap.end for gap in self._gaps)


class _Presence:
    """Follows whether the person is in the picture.

    Attributes
    ----------
    away : bool
        Whether the face has been absent for `scoring.MIN_ABSENCE_S` seconds.
    returned_at : float
        Second of the session at which it last returned.
    """

    def __init__(self) -> None:
        self.away = False
        self.returned_at = 0.0
        self._absent_since: float | None = None

    def changes(self, start: float, attention: list[Attention]) -> list[tuple[float, bool]]:
        """Process the attention from `start` seconds on, one value per `DETECTION_INTERVAL_S`.

        Returns
        -------
        list of (float, bool)
            Seconds at which the person left (True) or returned (False), in order.
        """
        changes = []
        for number, each in enumerate(attention):
            time = round(start + number * DETECTION_INTERVAL_S, 2)
            if each is not Attention.ABSENT:
                if self.away:
                    changes.append((time, False))
                    self.away, self.returned_at = False, time
                self._absent_since = None
            elif self._absent_since is None:
                self._absent_since = time
            if (
                self._absent_since is not None
                and not self.away
                and time + DETECTION_INTERVAL_S - self._absent_since >= scoring.MIN_ABSENCE_S
            ):
                changes.append((self._absent_since, True))
                self.away = True
        return changes
