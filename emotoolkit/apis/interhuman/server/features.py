"""Features of a session's sound and pictures by media time, and the evidence of signals found in them."""

from __future__ import annotations

import logging
import math
from collections import deque
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from emotoolkit.apis.interhuman.server import evidence, scoring
from emotoolkit.apis.interhuman.server.media_items import SAMPLING_RATE_HZ as SAMPLING_RATE
from emotoolkit.errors import NoFacesWarning
from emotoolkit.measure import movement
from emotoolkit.measure.face import OBSERVATIONS_PER_DETECTION, RATE_HZ, Attention, FaceTracker, is_available
from emotoolkit.measure.head import HeadGesture, HeadMovementDetector
from emotoolkit.measure.movement import MovementMeter
from emotoolkit.measure.posture import Lean, Stillness
from emotoolkit.measure.rolling_voice import PassageTracker
from emotoolkit.measure.voice import FRAME_S, FrameSplitter, SpeechDetector, level_dbfs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emotoolkit.apis.interhuman.server.evidence import Evidence
    from emotoolkit.apis.interhuman.server.media_items import Picture, SoundChunk
    from emotoolkit.measure import head
    from emotoolkit.measure.face import FaceObservation
    from emotoolkit.measure.voice import SpeechStretch

__all__ = ["DETECTION_INTERVAL_S", "FeatureSums", "PictureFeatureExtractor", "SoundFeatureExtractor"]

Value = TypeVar("Value")

DETECTION_INTERVAL_S = OBSERVATIONS_PER_DETECTION / RATE_HZ
"""Seconds between two face detections."""


@dataclass(frozen=True, slots=True)
class FeatureSums:
    """Sums of features over a time range.

    Attributes
    ----------
    seconds : float
        Duration of the range.
    voiced : int or None
        Frames of sound that are voiced; None without a sound track.
    power : float
        Sum of the power of the voiced frames.
    movement_count : int
        Measurements of movement.
    movement_sum : float
        Sum of the movement, each 0 to 255.
    faces, frontal : int
        Face detections since the first face, and those with a frontal face.
    evidence_s : mapping
        Seconds of the evidence of each signal.
    """

    seconds: float = 0.0
    voiced: int | None = None
    power: float = 0.0
    movement_count: int = 0
    movement_sum: float = 0.0
    faces: int = 0
    frontal: int = 0
    evidence_s: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, evidence: Iterable[Evidence]) -> FeatureSums:
        """Sum the durations of evidence."""
        seconds: dict[str, float] = {}
        for each in evidence:
            seconds[each.signal] = seconds.get(each.signal, 0.0) + each.end - each.start
        return cls(evidence_s=seconds)

    def __add__(self, other: FeatureSums) -> FeatureSums:
        voiced = [each.voiced for each in (self, other) if each.voiced is not None]
        return FeatureSums(
            self.seconds + other.seconds,
            sum(voiced) if voiced else None,
            self.power + other.power,
            self.movement_count + other.movement_count,
            self.movement_sum + other.movement_sum,
            self.faces + other.faces,
            self.frontal + other.frontal,
            {
                signal: self.evidence_s.get(signal, 0.0) + other.evidence_s.get(signal, 0.0)
                for signal in {**self.evidence_s, **other.evidence_s}
            },
        )

    def means(self) -> scoring.MeanFeatures:
        """Divide the sums by time or count; all means are None if nothing was received."""
        if not self.seconds:
            return scoring.MeanFeatures(voiced=None, loudness=None, movement=None)
        return scoring.MeanFeatures(
            voiced=None if self.voiced is None else self.voiced * FRAME_S / self.seconds,
            loudness=level_dbfs(math.sqrt(self.power / self.voiced)) if self.voiced else None,
            movement=self.movement_sum / self.movement_count if self.movement_count else None,
            attention=self.frontal / self.faces if self.faces else None,
            evidence_share={signal: min(1.0, seconds / self.seconds) for signal, seconds in self.evidence_s.items()},
        )


class _FixedRateSeries(Generic[Value]):
    """Values at a fixed rate in Hz from 0 s on; old values can be forgotten."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._first = 0
        self._values: deque[Value] = deque()

    @property
    def end(self) -> float:
        return (self._first + len(self._values)) / self._rate

    def add(self, value: Value) -> None:
        self._values.append(value)

    def between(self, start: float, end: float) -> list[Value]:
        first, last = (max(0, round(time * self._rate) - self._first) for time in (start, end))
        return list(islice(self._values, first, last))

    def forget(self, before: float) -> None:
        while self._values and (self._first + 1) / self._rate <= before:
            self._values.popleft()
            self._first += 1


class SoundFeatureExtractor:
    """Measures the loudness of each 20 ms, and finds evidence in pauses between speech and in how it is spoken."""

    def __init__(self) -> None:
        self._threshold = 10 ** (scoring.SILENCE_DBFS / 20)
        self._frames = FrameSplitter(SAMPLING_RATE)
        self._stretches = SpeechDetector(SAMPLING_RATE, self._threshold)
        self._powers: _FixedRateSeries[float] = _FixedRateSeries(round(1 / FRAME_S))
        self._passages = PassageTracker()
        self._speech_end: float | None = None
        self._evidence: list[Evidence] = []
        self._evidence_ends: dict[str, float] = {}

    @property
    def end(self) -> float:
        """Seconds up to which sound is measured."""
        return self._powers.end

    def add(self, sound: SoundChunk) -> None:
        """Add the next chunk of sound."""
        for frame in self._frames.feed(sound.samples):
            self._powers.add(frame.power)
        self._add_speech(self._stretches.feed(sound.samples))

    def finish(self) -> None:
        """Measure the rest: no more media follow."""
        self._add_speech(self._stretches.finish())

    def take_evidence(self, known: float) -> list[Evidence]:
        """Remove and return the evidence that is certain at this second."""
        certain, self._evidence = _split_certain(self._evidence, known)
        return certain

    def measure(self, start: float, end: float) -> FeatureSums:
        """Sum the features between two seconds of the session."""
        voiced = [power for power in self._powers.between(start, end) if self._is_voiced(power)]
        return FeatureSums(end - start, len(voiced) if self.end else None, math.fsum(voiced))

    def forget(self, before: float) -> None:
        """Forget features before this second."""
        self._powers.forget(before)

    def _add_speech(self, stretches: list[SpeechStretch]) -> None:
        for stretch in stretches:
            if self._speech_end is not None:
                self._add_pause(self._speech_end, stretch.start, stretch.known)
            self._speech_end = stretch.end
            passage = self._passages.add(stretch)
            for each in evidence.delivery(passage) if passage is not None else ():
                self._add_delivery(each)

    def _add_pause(self, start: float, end: float, known: float) -> None:
        has_length = scoring.MIN_PAUSE_S <= round(end - start, 2) <= scoring.MAX_PAUSE_S
        if has_length and not any(map(self._is_voiced, self._powers.between(start, end))):
            self._evidence.append(evidence.pause(start, end, known))

    def _add_delivery(self, each: Evidence) -> None:
        """Add evidence of a passage, cut to begin after the last of the same signal, since passages overlap."""
        self._evidence.append(replace(each, start=max(each.start, self._evidence_ends.get(each.signal, 0.0))))
        self._evidence_ends[each.signal] = each.end

    def _is_voiced(self, power: float) -> bool:
        return power > self._threshold**2


class PictureFeatureExtractor:
    """Measures movement and attention, and finds evidence in movements of the head; without OpenCV, movement alone."""

    def __init__(self) -> None:
        self._movement = MovementMeter()
        self._movements: _FixedRateSeries[float] = _FixedRateSeries(movement.RATE_HZ)
        self._face_detector = _face_detector()
        self._head = HeadMovementDetector()
        self._attention: _FixedRateSeries[Attention] = _FixedRateSeries(round(1 / DETECTION_INTERVAL_S))
        self._evidence: list[Evidence] = []
        self.shown = 0.0
        """Seconds up to which pictures were shown."""

    @property
    def end(self) -> float:
        """Seconds up to which pictures are measured."""
        return self._movements.end

    def add(self, picture: Picture) -> None:
        """Add the next picture."""
        self._add_movements(self._movement.feed(picture.time, picture.grey))
        if self._face_detector is not None:
            self._add_faces(self._face_detector.feed(picture.time, picture))
        self.shown = picture.end

    def finish(self) -> None:
        """Measure the rest: no more media follow."""
        self._add_movements(self._movement.finish(self.shown))
        if self._face_detector is not None:
            self._add_faces(self._face_detector.finish(self.shown))
            self._add_head_movements(self._head.finish())

    def take_evidence(self, known: float) -> list[Evidence]:
        """Remove and return the evidence that is certain at this second."""
        certain, self._evidence = _split_certain(self._evidence, known)
        return certain

    def attention(self, start: float, end: float) -> list[Attention]:
        """List the attention, one value per `DETECTION_INTERVAL_S`; empty if faces are not measured."""
        return self._attention.between(start, end)

    def measure(self, start: float, end: float) -> FeatureSums:
        """Sum the features between two seconds of the session."""
        movements, attention = self._movements.between(start, end), self.attention(start, end)
        return FeatureSums(
            movement_count=len(movements),
            movement_sum=math.fsum(movements),
            faces=sum(each is not Attention.UNSEEN for each in attention),
            frontal=sum(each is Attention.FRONTAL for each in attention),
        )

    def forget(self, before: float) -> None:
        """Forget features before this second."""
        self._movements.forget(before)
        self._attention.forget(before)

    def _add_movements(self, movements: list[float]) -> None:
        for value in movements:
            self._movements.add(value)

    def _add_faces(self, observations: list[FaceObservation]) -> None:
        for observation in observations:
            if round(observation.time * RATE_HZ) % OBSERVATIONS_PER_DETECTION == 0:
                self._attention.add(observation.attention)
        self._add_head_movements(self._head.feed(observations))

    def _add_head_movements(self, movements: list[head.HeadMovement]) -> None:
        for each in map(_to_evidence, movements):
            if each is not None:
                self._evidence.append(each)


def _to_evidence(movement: head.HeadMovement) -> Evidence | None:
    match movement:
        case HeadGesture():
            return evidence.motion(movement)
        case Lean():
            return evidence.lean(movement)
        case Stillness():
            return None  # evidence of no signal


def _split_certain(found: list[Evidence], known: float) -> tuple[list[Evidence], list[Evidence]]:
    """Split evidence into that which is certain at a second, and the rest."""
    return [each for each in found if each.known <= known], [each for each in found if each.known > known]


def _face_detector() -> FaceTracker | None:
    if is_available():
        return FaceTracker()
    _warn_no_faces()
    return None


@cache
def _warn_no_faces() -> None:
    """Log the warning once per process."""
    logging.getLogger(__name__).warning(NoFacesWarning.sentence)
