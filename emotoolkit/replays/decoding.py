"""Decoders of a replay's sessions: each session has its own, and counts time from its own beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotoolkit.apis.base.events import shifted
from emotoolkit.apis.base.message_text import is_media_time
from emotoolkit.apis.registry import APIS

if TYPE_CHECKING:
    from emotoolkit.apis.base.events import Event
    from emotoolkit.apis.base.journal import Began, Opened, Received, Sent
    from emotoolkit.apis.base.protocols import Decoder

__all__ = ["SessionDecoders"]


class SessionDecoders:
    """Decode messages one by one, in the order in which they arrived between the packets that were sent.

    Attributes
    ----------
    by_session : dict
        The decoder of each session that was opened.
    """

    def __init__(self, began: Began) -> None:
        self._began = began
        self.by_session: dict[int, Decoder] = {}

    def opened(self, record: Opened) -> None:
        """Make the decoder of a session."""
        kind = APIS[self._began.api]
        self.by_session[record.session] = kind(**self._began.sessions[record.of]).decoder()

    def sent(self, record: Sent, begin: float) -> None:
        """Pass a sent packet to the decoder, since times may count from it; `begin` is where its session began."""
        start = record.start if is_media_time(record.start) else begin
        self.by_session[record.session].sent(start - begin)

    def received(self, record: Received, begin: float) -> Event:
        """Decode a message and shift its times to those of the recording."""
        event = self.by_session[record.session].decode(record.raw)
        return shifted(event, begin) if begin else event
