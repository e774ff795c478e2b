"""Truncated recordings: whether a file ends before its header says. One rule for warnings and for receipts of runs.

A file is whole if any of its tracks goes on to the end that the header says: sound may end before the pictures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from emotoolkit.apis.base.journal import Opened, Sent
from emotoolkit.media.file_end import last_packet_end

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emotoolkit.apis.base.journal import Record
    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.media.recording import Recording

__all__ = ["TOLERANCE_S", "missing_seconds", "sent_until"]

TOLERANCE_S = 0.5
"""Seconds by which a recording may be shorter than its header says without being called truncated."""

UNRELIABLE_CONTAINERS = {"mp3"}
"""Containers whose header does not give the duration: it can be an estimate from the bit rate."""


def missing_seconds(recording: Recording, sessions: Sequence[Api], sent: float, until: float = math.inf) -> float:
    """Return the seconds by which a recording is shorter than its header says; 0.0 if it is not truncated.

    Parameters
    ----------
    recording : Recording
        What was replayed, to the protocol's own end.
    sessions : sequence of Api
        Settings of the parallel sessions. Media after the end of a session that a cassette plays are not missing.
    sent : float
        Media second up to which every session was sent the recording.
    until : float
        Media second at which the replay was to end.
    """
    if recording.live or recording.is_estimated or recording.container in UNRELIABLE_CONTAINERS:
        return 0.0
    recorded = (getattr(session, "recorded_until", math.inf) for session in sessions)
    lacking = min(recording.duration, until, *recorded) - sent
    if lacking <= TOLERANCE_S or _is_at_end_of_sound(recording, sent):
        return 0.0
    is_whole = last_packet_end(recording) > recording.duration - TOLERANCE_S
    return 0.0 if is_whole else lacking


def _is_at_end_of_sound(recording: Recording, sent: float) -> bool:
    """Whether the sound was sent to its end by the file's tables, which may be long before that of the pictures."""
    end = None if recording.audio is None else recording.audio.end
    return end is not None and recording.video is not None and abs(sent - end) <= TOLERANCE_S


def sent_until(records: Iterable[Record], session_count: int) -> float:
    """Return the media second up to which each of the `session_count` parallel sessions was sent the recording."""
    ends, settings_index = [0.0] * session_count, dict[int, int]()
    for record in records:
        if isinstance(record, Opened):
            settings_index[record.session] = record.of
            ends[record.of] = record.start
        elif isinstance(record, Sent):
            ends[settings_index[record.session]] = record.end
    return min(ends)
