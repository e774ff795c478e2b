"""Findings into the wire's words, in the three ways that servers have had. Pure: no socket, no clock.

`Lifecycle` says what begins, changes and ends; `Batched` says each window at once; `Flat` says each message at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from emotoolkit.apis.interhuman.server.analysis import STEP, Detected, Ended, Period, State, Updated
from emotoolkit.apis.interhuman.server.coverage import VIDEO, Gap
from emotoolkit.apis.interhuman.server.ingest import Trouble
from emotoolkit.apis.interhuman.wire import messages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from emotoolkit.apis.interhuman.server.analysis import Finding

__all__ = ["Batched", "Flat", "Lifecycle", "Telling"]


class Telling(Protocol):
    """Puts the findings of one session into words. `number` counts binary messages from 1."""

    def receive(self, number: int, size: int) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Say that a binary message of so many bytes has come."""

    def tell(
        self, findings: Iterable[Finding], include: Collection[str], number: int
    ) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Say what was found when message `number` had come, with the quality sections of `include`."""


class Lifecycle:
    """A signal is detected, updated, ended; an engagement state begins (§3.4 shape L, §3.5)."""

    def __init__(self, *, modality: bool) -> None:
        self._modality = modality

    def receive(self, number: int, size: int) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ARG002
        """Say nothing."""
        yield from ()

    def tell(
        self, findings: Iterable[Finding], include: Collection[str], number: int
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Say each finding by itself, in order."""
        for finding in findings:
            match finding:
                case Detected():
                    yield messages.SIGNAL_DETECTED, self._described(finding)
                case Updated():
                    yield messages.SIGNAL_UPDATED, self._described(finding)
                case Ended(name, end):
                    yield messages.SIGNAL_ENDED, messages.signal_ended(name, end)
                case State(state, start):
                    yield messages.ENGAGEMENT, messages.engagement(state, start)
                case Period() if include:
                    yield messages.QUALITY, _quality(finding, include)
                case Gap():
                    yield _covered(finding)
                case Trouble(code, message):
                    yield messages.ERROR, messages.error(code, message, number)

    def _described(self, active: Detected | Updated) -> Mapping[str, Any]:
        modality = active.modality if self._modality else None
        return messages.signal(active.signal, active.start, active.probability, active.rationale, modality)


class Batched:
    """Each window is said when it closes: its signals with both ends, its state with an end (§3.4 shape B, §3.5)."""

    def __init__(self) -> None:
        self._spans = _Spans()
        self._windows = _Windows()

    def receive(self, number: int, size: int) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ARG002
        """Say nothing."""
        yield from ()

    def tell(
        self, findings: Iterable[Finding], include: Collection[str], number: int
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Say each window that closes, and at last what ends behind the last of them."""
        for finding in findings:
            self._spans.note(finding)
            match finding:
                case Trouble(code, message):
                    yield messages.ERROR, messages.error(code, message, number)
                case State(state, _):
                    self._windows.state = state
                case Period():
                    yield from self._signals()
                    for window in self._windows.close(finding):
                        yield messages.ENGAGEMENT, window
                    if include:
                        yield messages.QUALITY, _quality(finding, include)
                case Gap():
                    yield _covered(finding)
        yield from self._signals()

    def _signals(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if spans := self._spans.taken():
            yield messages.SIGNAL_DETECTED, messages.signals(spans)


class Flat:
    """Each binary message is answered by processing, result and completed, or by an error (§3.10)."""

    def __init__(self) -> None:
        self._spans = _Spans()
        self._windows = _Windows()
        self._engagement: list[Mapping[str, Any]] = []
        self._periods: list[Period] = []

    def receive(self, number: int, size: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Say that it is being looked at."""
        yield messages.PROCESSING, messages.processing(number, size)

    def tell(
        self, findings: Iterable[Finding], include: Collection[str], number: int
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Say everything at once. What was found beside an error is said with the next result."""
        trouble = self.note(findings)
        if trouble is not None:
            yield messages.ERROR, messages.error(trouble.code, trouble.message, number)
        else:
            yield messages.RESULT, {"segment": number, **self.result(include)}
            yield messages.COMPLETED, messages.completed(number)

    def note(self, findings: Iterable[Finding]) -> Trouble | None:
        """Keep what was found until it is said; returns what went wrong."""
        trouble = None
        for finding in findings:
            self._spans.note(finding)
            match finding:
                case Trouble():
                    trouble = finding
                case State(state, _):
                    self._windows.state = state
                case Period():
                    self._engagement += self._windows.close(finding)
                    self._periods.append(finding)
        return trouble

    def result(self, include: Collection[str]) -> dict[str, Any]:
        """Everything that has been found and not been said."""
        told = _joined([_quality(period, include) for period in self._periods]) if include and self._periods else None
        said = messages.result(self._spans.taken(), self._engagement, told)
        self._engagement, self._periods = [], []
        return said


class _Spans:
    """Signals until they have both ends."""

    def __init__(self) -> None:
        self._active: dict[str, Detected | Updated] = {}
        self._starts: dict[str, float] = {}
        self._ended: list[Mapping[str, Any]] = []

    def note(self, finding: Finding) -> None:
        match finding:
            case Detected(signal=name, start=start):
                self._active[name], self._starts[name] = finding, start
            case Updated(signal=name, start=start):
                self._active[name] = finding
                self._starts.setdefault(name, start)
            case Ended(name, end) if name in self._active:
                last = self._active.pop(name)
                start = self._starts.pop(name)
                self._ended.append(messages.span(name, start, end, last.probability, last.rationale))
            case _:
                pass

    def taken(self) -> list[Mapping[str, Any]]:
        """Take out those that have ended."""
        ended, self._ended = self._ended, []
        return ended


class _Windows:
    """The engagement state of each window; what closes one is its period."""

    def __init__(self) -> None:
        self.state: str | None = None
        self._closed = 0

    def close(self, period: Period) -> list[Mapping[str, Any]]:
        start = self._closed * STEP
        self._closed += 1
        return [] if self.state is None else [messages.window(self.state, start, period.end)]


def _quality(period: Period, include: Collection[str]) -> dict[str, Any]:
    return messages.quality(include, period.overall, period.values, (period.start, period.end), period.measured)


def _covered(gap: Gap) -> tuple[str, Mapping[str, Any]]:
    span = [(gap.start, gap.end)]
    if gap.partly:
        return messages.COVERAGE_DEGRADED, messages.coverage(span, VIDEO)
    return messages.COVERAGE_DROPPED, messages.coverage(span)


def _joined(told: list[dict[str, Any]]) -> dict[str, Any]:
    """Several periods as one report: the last overall, and the timelines one behind the other."""
    timeline = [entry | {"measured": each["measured"]} for each in told for entry in each.get("timeline", ())]
    return told[-1] | ({"timeline": timeline} if timeline else {})
