"""Notices that a recording gives whatever is answered: of its header, its tracks, and the samples that were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from emotoolkit.apis.base.journal import Samples
from emotoolkit.errors import (
    ChangedSoundWarning,
    HeaderWarning,
    SamplesWarning,
    SilentTrackWarning,
    TrackLeftOutWarning,
)
from emotoolkit.media import listening
from emotoolkit.media.recording import Recording
from emotoolkit.media.sound_tally import SoundTally
from emotoolkit.media.tracks import track_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from emotoolkit.apis.base.journal import Record
    from emotoolkit.errors import NoticeWarning

__all__ = ["find_header_notices", "find_sample_notices", "predict_sample_notices"]

MIN_SHARE_BEYOND = 1e-4
"""Share of the samples beyond full scale up to which nobody hears that they are clipped."""

MAX_OVERSHOOT = 1.25
"""Largest sample that a lossy coding makes of loud sound, even if few are as large."""

MIN_SHARE_CLIPPED = 0.001
"""Share of the samples in runs at full scale from which on a recording was made too loud."""

MIN_UNSCALED_PEAK = 100.0
"""Largest sample from which on floats are integers that were not scaled."""

MIN_OFFSET = 0.03
"""Constant offset, relative to full scale, that no microphone has."""


def find_header_notices(recording: Recording) -> list[NoticeWarning]:
    """Find out whether the header is wrong, tracks are left out, or the wrong track is taken."""
    if recording.live:
        return []
    found: list[NoticeWarning] = []
    if recording.promised is not None:
        whole = recording.duration if recording.until is None else Recording(recording.path).duration
        found.append(HeaderWarning(file=recording.file, promised=recording.promised, found=whole))
    if recording.left_out:
        found.append(TrackLeftOutWarning(file=recording.file, tracks=recording.left_out))
    return found + _find_silent_track(recording)


def find_sample_notices(recording: Recording, records: Iterable[Record]) -> list[NoticeWarning]:
    """Find out from the journal whether samples that were sent did not fit, or the sound changed."""
    counts = [record.counts for record in records if isinstance(record, Samples)]
    if not counts:
        return []
    return [*_sample_notices(recording, counts), *_change_notices(recording, counts)]


def predict_sample_notices(recording: Recording, pieces: Sequence[NDArray[np.float32]]) -> list[NoticeWarning]:
    """Find out from excerpts whether samples will not fit."""
    tally = SoundTally()
    for piece in pieces:
        tally.count_floats(piece)
    return [each for each in _sample_notices(recording, [tally.as_dict()]) if each.how != "silent"]


def _find_silent_track(recording: Recording) -> list[NoticeWarning]:
    """Find out whether the sound track that is taken is silent, and another one is not."""
    others = [each for each in recording.unused if each.kind == "sound" and not each.why]
    if recording.audio is None or not others or not _is_silent(recording):
        return []
    numbers = (each.number for each in others)
    instead = next((number for number in numbers if not _is_silent(Recording(recording.path, track=number))), None)
    if instead is None:
        return []
    taken = track_number("sound", recording.audio.index, recording.unused)
    return [SilentTrackWarning(file=recording.file, taken=taken, instead=instead, tracks=len(others) + 1)]


def _is_silent(recording: Recording) -> bool:
    pieces = listening.read_excerpts(recording, listening.QUICK_PLAN)
    peak = max((float(np.abs(piece).max()) for piece in pieces if piece.size), default=0.0)
    return peak < 10 ** (listening.SILENCE_DB / 20)


def _sample_notices(recording: Recording, counts: Sequence[dict[str, Any]]) -> list[SamplesWarning]:
    """Give one notice, of the worst that the counts of all sessions show."""
    samples, beyond, clipped, missing, total, power = (
        sum(each[name] for each in counts) for name in ("samples", "beyond", "clipped", "missing", "total", "power")
    )
    peak = max(each["peak"] for each in counts)
    if not samples:
        return []
    offset = abs(total) / samples
    if missing:
        how, share = "missing", missing / samples
    elif peak >= MIN_UNSCALED_PEAK:
        how, share = "unscaled", beyond / samples
    elif beyond / samples > MIN_SHARE_BEYOND or peak > MAX_OVERSHOOT:
        how, share = "clipped", beyond / samples
    elif clipped / samples >= MIN_SHARE_CLIPPED:
        how, share = "too loud", clipped / samples
    elif peak == 0:
        how, share = "silent", 1.0
    elif offset > MIN_OFFSET and offset**2 > power / samples / 2:  # more than half of the power is the constant
        how, share = "offset", offset
    else:
        return []
    return [SamplesWarning(file=recording.file, how=how, share=share, peak=peak)]


def _change_notices(recording: Recording, counts: Sequence[dict[str, Any]]) -> list[NoticeWarning]:
    """Give a notice of the sound's changes, which every session shows alike."""
    changes = max((each["changes"] for each in counts), key=len)
    if not changes:
        return []
    times, count = [round(float(time), 3) for time, *_ in changes], max(each["changes_count"] for each in counts)
    _, before, after = changes[0]
    return [ChangedSoundWarning(file=recording.file, times=times, count=count, before=before, after=after)]
