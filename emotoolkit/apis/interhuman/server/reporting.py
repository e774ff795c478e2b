"""Turn findings into messages, in the three ways of the service's versions. No I/O, no clock.

`LifecycleReporter` reports what begins, changes and ends; `BatchReporter` reports each window as a whole;
`FlatReporter` reports once for each binary message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from emotoolkit.apis.interhuman.server.analysis import (
    WINDOW_STEP_S,
    DetectedSignal,
    EndedSignal,
    EngagementState,
    QualityPeriod,
    UpdatedSignal,
)
from emotoolkit.apis.interhuman.server.coverage import VIDEO_GAP, Gap
from emotoolkit.apis.interhuman.server.media_items import ErrorReport
from emotoolkit.apis.interhuman.wire import messages

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from emotoolkit.apis.interhuman.server.analysis import Finding

__all__ = ["BatchReporter", "FlatReporter", "LifecycleReporter", "Reporter"]


class Reporter(Protocol):
    """Turns the findings of one session into messages, as pairs of type and data.

    `number` counts binary messages from 1.
    """

    def receive(self, number: int, size: int) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Confirm a binary message of `size` bytes."""

    def report(
        self, findings: Iterable[Finding], include: Collection[str], number: int
    ) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Report the findings after binary message `number`, with the quality sections of `include`."""


class LifecycleReporter:
    """Reports when a signal is detected, updated and ended, and when a state begins (§3.4 shape L, §3.5)."""

    def __init__(self, *, modality: bool) -> None:
        self._modality = modality

    def receive(self, number: int, size: int) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ARG002
        """Send nothing."""
        yield from ()

    def report(
        self, findings: Iterable[Finding], include: Collection[str], number: int
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Report each finding by itself, in order."""
        for finding in findings:
            match finding:
                case DetectedSignal():
                    yield messages.SIGNAL_DETECTED, self._signal_data(finding)
                case UpdatedSignal():
                    yield messages.SIGNAL_UPDATED, self._signal_data(finding)
                case EndedSignal(name, end):
                    yield messages.SIGNAL_ENDED, messages.signal_ended(name, end)
                case EngagementState(state, start):
                    yield messages.ENGAGEMENT, messages.engagement(state, start)
                case QualityPeriod() if include:
                    yield messages.QUALITY, _quality_data(finding, include)
                case Gap():
                    yield _coverage_message(finding)
                case ErrorReport(code, message):
                    yield messages.ERROR, messages.error(code, message, number)

    def _signal_data(self, active: DetectedSignal | UpdatedSignal) -> Mapping[str, Any]:
        modality = active.modality if self._modality else None
        return messages.signal(active.signal, active.start, active.probability, active.rationale, modality)


class BatchReporter:
    """Reports each window when it closes: signals with start and end, a state with an end (§3.4 shape B, §3.5).

    `per_message` is that of `Profile`, also for `FlatReporter`.
    """

    def __init__(self, *, per_message: bool = False) -> None:
        self._open_signals = _OpenSignals()
        self._windows = _EngagementWindows(per_message=per_message)

    def receive(self, number: int, size: int) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ARG002
        """Send nothing."""
        yield from ()

    def report(
        self, findings: Iterable[Finding], include: Collection[str], number: int
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Report each window that closes, then the signals that end after the last one."""
        for finding in findings:
            self._open_signals.note(finding)
            match finding:
                case ErrorReport(code, message):
                    yield messages.ERROR, messages.error(code, message, number)
                case EngagementState(state, _):
                    self._windows.state = state
                case QualityPeriod():
                    yield from self._signals()
                    for window in self._windows.close(finding):
                        yield messages.ENGAGEMENT, window
                    if include:
                        yield messages.QUALITY, _quality_data(finding, include)
                case Gap():
                    yield _coverage_message(finding)
        yield from self._signals()

    def _signals(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if spans := self._open_signals.pop_ended():
            yield messages.SIGNAL_DETECTED, messages.signals(spans)


class FlatReporter:
    """Answers each binary message by `processing`, `result` and `completed`, or by an error (§3.10)."""

    def __init__(self, *, per_message: bool = False) -> None:
        self._open_signals = _OpenSignals()
        self._windows = _EngagementWindows(per_message=per_message)
        self._engagement: list[Mapping[str, Any]] = []
        self._quality_periods: list[QualityPeriod] = []

    def receive(self, number: int, size: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Confirm that the message is being analysed."""
        yield messages.PROCESSING, messages.processing(number, size)

    def report(
        self, findings: Iterable[Finding], include: Collection[str], number: int
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Report all findings at once. Those beside an error are reported with the next result."""
        error = self.note(findings)
        if error is not None:
            yield messages.ERROR, messages.error(error.code, error.message, number)
        else:
            yield messages.RESULT, {"segment": number, **self.result(include)}
            yield messages.COMPLETED, messages.completed(number)

    def note(self, findings: Iterable[Finding]) -> ErrorReport | None:
        """Keep findings for the next result; returns the last error among them."""
        error = None
        for finding in findings:
            self._open_signals.note(finding)
            match finding:
                case ErrorReport():
                    error = finding
                case EngagementState(state, _):
                    self._windows.state = state
                case QualityPeriod():
                    self._engagement += self._windows.close(finding)
                    self._quality_periods.append(finding)
        return error

    def result(self, include: Collection[str]) -> dict[str, Any]:
        """Make the result of all findings since the last one."""
        quality = (
            _merge_quality([_quality_data(period, include) for period in self._quality_periods])
            if include and self._quality_periods
            else None
        )
        result = messages.result(self._open_signals.pop_ended(), self._engagement, quality)
        self._engagement, self._quality_periods = [], []
        return result


class _OpenSignals:
    """Collects signals until their end is known."""

    def __init__(self) -> None:
        self._active: dict[str, DetectedSignal | UpdatedSignal] = {}
        self._starts: dict[str, float] = {}
        self._ended: list[Mapping[str, Any]] = []

    def note(self, finding: Finding) -> None:
        match finding:
            case DetectedSignal(signal=name, start=start):
                self._active[name], self._starts[name] = finding, start
            case UpdatedSignal(signal=name, start=start):
                self._active[name] = finding
                self._starts.setdefault(name, start)
            case EndedSignal(name, end) if name in self._active:
                last = self._active.pop(name)
                start = self._starts.pop(name)
                self._ended.append(messages.span(name, start, end, last.probability, last.rationale))
            case _:
                pass

    def pop_ended(self) -> list[Mapping[str, Any]]:
        """Remove and return the signals that have ended."""
        ended, self._ended = self._ended, []
        return ended


class _EngagementWindows:
    """Tracks the engagement state of each window; a window closes with its quality period."""

    def __init__(self, *, per_message: bool) -> None:
        self.state: str | None = None
        self._per_message = per_message
        self._closed = 0

    def close(self, period: QualityPeriod) -> list[Mapping[str, Any]]:
        start = period.start if self._per_message else self._closed * WINDOW_STEP_S
        self._closed += 1
        return [] if self.state is None else [messages.engagement_window(self.state, start, period.end)]


def _quality_data(period: QualityPeriod, include: Collection[str]) -> dict[str, Any]:
    return messages.quality(include, period.overall, period.values, (period.start, period.end), period.measured)


def _coverage_message(gap: Gap) -> tuple[str, Mapping[str, Any]]:
    ranges = [(gap.start, gap.end)]
    if gap.has_sound:
        return messages.COVERAGE_DEGRADED, messages.coverage(ranges, VIDEO_GAP)
    return messages.COVERAGE_DROPPED, messages.coverage(ranges)


def _merge_quality(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge the reports of several periods: the last overall scores, and all timelines."""
    timeline = [entry | {"measured": each["measured"]} for each in reports for entry in each.get("timeline", ())]
    return reports[-1] | ({"timeline": timeline} if timeline else {})
