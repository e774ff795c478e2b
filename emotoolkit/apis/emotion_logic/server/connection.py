"""The server's side of one call, without the transport: events in, answers out.

`analysis` measures, and `wire.messages` has the messages; this module decides what answers what, and when (contract
page §2, §6), and what of it a `Variant` or a fault changes. A call goes through these states: before the handshake
(`_call` is None) everything else is an error; then sound is measured until the end mark or a report request (`_ended`);
after an injected failure of the analysis (`_failed`) sound is ignored, and the report fails.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.emotion_logic.server import scoring
from emotoolkit.apis.emotion_logic.server.analysis import CallAnalysis
from emotoolkit.apis.emotion_logic.server.options import AUDIO_FAILURE_EVENTS
from emotoolkit.apis.emotion_logic.wire import messages
from emotoolkit.apis.emotion_logic.wire.columns import ColumnLayout
from emotoolkit.apis.emotion_logic.wire.messages import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emotoolkit.apis.base.fault_injection import Faults
    from emotoolkit.apis.emotion_logic.server.options import Variant
    from emotoolkit.apis.emotion_logic.wire.messages import Handshake, ReportRequest

__all__ = ["Answer", "Connection"]

Answer = tuple[str, Any]
"""An event's name and its value."""


class Connection:
    """One call: a handshake, sound, the end mark, a report.

    Parameters
    ----------
    label : str
        The kind of server, for the handshake.
    variant : Variant
        Its behaviour where the documents leave room.
    faults : Faults
        Only the error to report is used here; the others concern the transport.

    Attributes
    ----------
    stream : str or None
        Id of the stream, once the handshake is accepted.
    """

    def __init__(self, label: str, variant: Variant, faults: Faults) -> None:
        self.stream: str | None = None
        self._label = label
        self._variant = variant
        self._layout = ColumnLayout(scoring.COLUMNS, variant.columns)
        self._faults = faults
        self._call: CallAnalysis | None = None
        self._output = messages.JSON
        self._answered: set[str] = set()
        self._headers_sent = False
        self._ended = False
        self._failed = False

    @property
    def seconds(self) -> float:
        """Seconds of media received."""
        return 0.0 if self._call is None else self._call.seconds

    def receive(self, name: str, value: Any) -> list[Answer]:
        """Take an event of the client; return the answers to it, in order."""
        match name:
            case messages.HANDSHAKE:
                answers = self._handshake(value)
            case messages.AUDIO:
                answers = self._receive_audio(value)
            case name if name in messages.REPORT_REQUESTS:
                answers = self._report(name, value)
            case _:
                answers = []
        return [(name, self._with_success_type(value)) for name, value in answers]

    def fail(self) -> Answer:
        """Return the answer to what this server could not handle by a fault of its own; no more sound is measured."""
        self._failed = True
        name = messages.HANDSHAKE_DONE if self.stream is None else messages.ANALYSIS_ERROR
        return name, self._with_success_type(messages.failure("engine", messages.SERVER_FAILED))

    def _handshake(self, value: Any) -> list[Answer]:
        if self._call is not None:
            return _failure(messages.HANDSHAKE_DONE, "order", "this stream has been announced already")
        announced = messages.read_handshake(value)
        if isinstance(announced, Refusal):
            return _failure(messages.HANDSHAKE_DONE, announced.about, announced.message)
        if self._fails(messages.HANDSHAKE_DONE):
            return _failure(messages.HANDSHAKE_DONE, "licence", "the licence has run out (as it was told to)")
        self._accept(announced)
        assert self.stream is not None
        return [(messages.HANDSHAKE_DONE, messages.handshake_done(self.stream, self._label))]

    def _accept(self, announced: Handshake) -> None:
        self._call = CallAnalysis(announced)
        self._output = announced.output
        self.stream = str(uuid.uuid4())

    def _receive_audio(self, data: Any) -> list[Answer]:
        if self._call is None:
            return _failure(messages.ANALYSIS_ERROR, "order", "audio-stream came before a successful handshake")
        if not isinstance(data, bytes):
            return _failure(messages.ANALYSIS_ERROR, "payload", "audio-stream carries one binary buffer")
        if self._failed:
            return []
        if not data:
            return self._complete(self._call)
        if self._ended:
            return _failure(messages.ANALYSIS_ERROR, "order", "audio-stream came after the end of the stream")
        return self._measure(self._call, data)

    def _measure(self, call: CallAnalysis, data: bytes) -> list[Answer]:
        answers = self._analyses(call, call.feed(data))
        if not answers and self._variant.notices == "yes":
            answers = [(messages.ANALYSIS, messages.not_ready())]
        if self._faults.error in AUDIO_FAILURE_EVENTS and call.seconds >= self._faults.error_at:
            self._failed = True
            answers += _failure(self._faults.error, "engine", "the engine failed (as it was told to)")
        return answers

    def _complete(self, call: CallAnalysis) -> list[Answer]:
        answers = self._finish(call)
        if self._fails(messages.COMPLETED):
            return answers + _failure(messages.COMPLETED, "engine", "the engine failed (as it was told to)")
        return answers + ([(messages.COMPLETED, messages.completed())] if self._variant.completed == "yes" else [])

    def _finish(self, call: CallAnalysis) -> list[Answer]:
        self._ended = True
        return self._analyses(call, call.finish())

    def _report(self, name: str, value: Any) -> list[Answer]:
        if not self._variant.answers(name) or name in self._answered:
            return []
        if self._call is None:
            return _failure(messages.REPORT, "order", f"{name} came before a successful handshake")
        request = messages.read_report_request(value)
        if isinstance(request, Refusal):
            return _failure(messages.REPORT, request.about, request.message)
        self._answered.add(name)
        if self._failed or self._fails(messages.REPORT):
            told = "the engine failed (as it was told to)"
            return _failure(messages.REPORT, "engine", told if self._faults.error else messages.SERVER_FAILED)
        return [*self._finish(self._call), (messages.REPORT, self._report_data(self._call, request))]

    def _report_data(self, call: CallAnalysis, request: ReportRequest) -> dict[str, Any]:
        write = messages.report_text if request.output == messages.TEXT else messages.report
        rows = map(self._layout.row, call.rows) if request.segments else None
        return write(call.report(), self._layout.names, rows)

    def _analyses(self, call: CallAnalysis, rows: Iterable[Sequence[float]]) -> list[Answer]:
        return [(messages.ANALYSIS, self._analysis(call.channels, row)) for row in rows]

    def _analysis(self, channels: int, row: Sequence[float]) -> dict[str, Any]:
        cells = self._layout.row(row)
        if self._output == messages.TEXT:
            return messages.analysis_text(self._layout.names, [cells])
        columns = None if self._headers_sent and self._variant.headers == "once" else self._layout.names
        self._headers_sent = True
        return messages.analysis(columns, self._rows_by_channel(channels, int(row[1]), cells))

    def _rows_by_channel(self, channels: int, number: int, row: Sequence[Any]) -> messages.Rows:
        """Arrange one finished segment among the channels that have none."""
        match self._variant.rows:
            case "object":
                return {str(number): row}
            case "missing":
                return [row]
            case "null" | "empty" as nothing:
                return [row if n == number else (None if nothing == "null" else []) for n in range(channels)]

    def _fails(self, name: str) -> bool:
        return self._faults.error == name

    def _with_success_type(self, value: dict[str, Any]) -> dict[str, Any]:
        return value | {"success": int(value["success"])} if self._variant.success == "number" else value


def _failure(name: str, about: str, message: str) -> list[Answer]:
    return [(name, messages.failure(about, message))]
