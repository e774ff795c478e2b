"""Notices about a recording and its replay that the recording itself has to be at hand for.

They are found once, when the replay has ended and no session is held; `Replay.noted` adds those that the messages show,
and `journal_writer.append_records` keeps them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from emotoolkit.apis.base.journal import Sent
from emotoolkit.apis.base.protocols import SpeechGated
from emotoolkit.errors import MixedWarning, SilentTrackWarning, TruncatedWarning, UnheardWarning
from emotoolkit.media import listening
from emotoolkit.replays import truncation
from emotoolkit.replays.media_notices import find_header_notices, find_sample_notices, predict_sample_notices
from emotoolkit.tables.access import row_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from emotoolkit.errors import NoticeWarning
    from emotoolkit.media.listening import SamplingPlan, SpeechLevel
    from emotoolkit.media.recording import Recording
    from emotoolkit.replays.result import Replay

__all__ = [
    "find_mixed_channels",
    "find_notices_before",
    "find_truncation",
    "find_unheard_speech",
    "note",
    "predict_notices",
]

MIN_SHARE_BELOW = 0.7
"""Share of the speech below the threshold from which on the setting is taken to be wrong for the recording."""

MIN_SHARE_FOUND = 0.8
"""Share of the speech found in spite of it from which on the setting is taken to be right."""

MARGIN_DB = 12.0
"""Decibels by which the threshold should lie below the loud part of speech, as it does for speech of ordinary level."""

MIN_SENT_S = 1.0
"""Seconds of sound below which no speech is expected to be found."""


def note(
    recording: Recording,
    sessions: Sequence[Any],
    replay: Replay,
    until: float = math.inf,
    before: Sequence[NoticeWarning] | None = None,
) -> Replay:
    """Return a replay that has ended with all notices about it as records; nothing is written.

    Parameters
    ----------
    recording : Recording
        What was replayed.
    sessions : sequence of Api
        Settings of the parallel sessions.
    replay : Replay
        What was answered.
    until : float
        Media second at which the replay was to end.
    before : sequence of NoticeWarning or None
        Notices that were found before anything was sent; None: they are still to be found.
    """
    first = find_notices_before(recording, sessions) if before is None else before
    samples = find_sample_notices(recording, replay.records)
    if any(isinstance(each, SilentTrackWarning) for each in first):
        samples = [each for each in samples if getattr(each, "how", "") != "silent"]  # said already
    truncated = [] if recording.promised else find_truncation(recording, sessions, replay, until)
    return replay.noted([*first, *samples, *find_unheard_speech(recording, sessions, replay), *truncated])


def find_notices_before(recording: Recording, sessions: Sequence[Any]) -> list[NoticeWarning]:
    """Find the notices that a recording gives before anything is sent."""
    return [*find_header_notices(recording), *find_mixed_channels(recording, sessions)]


def find_truncation(
    recording: Recording, sessions: Sequence[Any], replay: Replay, until: float = math.inf
) -> list[NoticeWarning]:
    """Find out whether the recording ended before the time that its header promises."""
    if not replay.complete:
        return []
    sent = truncation.sent_until(replay.records, len(sessions))
    lacking = truncation.missing_seconds(recording, sessions, sent, until)
    return [TruncatedWarning(file=recording.file, promised=recording.duration, ended=sent)] if lacking else []


def find_mixed_channels(
    recording: Recording, sessions: Sequence[Any], plan: SamplingPlan = listening.QUICK_PLAN
) -> list[NoticeWarning]:
    """Find out whether channels of different sound are mixed to one."""
    if recording.live or recording.audio is None or recording.audio.channels == 1 or not _mixes_channels(sessions):
        return []
    how = listening.downmix_effect(listening.read_excerpts(recording, plan), recording.audio.sampling_rate)
    return [] if how is None else [MixedWarning(file=recording.file, channels=recording.audio.channels, how=how)]


def find_unheard_speech(recording: Recording, sessions: Sequence[Any], replay: Replay) -> list[NoticeWarning]:
    """Find out whether speech was below the threshold: little of it was found, and most of it is that soft."""
    if recording.live or not replay.complete or not isinstance(sessions[0], SpeechGated):
        return []
    packets = (each for each in replay.records if isinstance(each, Sent))
    sent = min(sum(each.end - each.start for each in packets) / len(sessions), recording.duration)
    if sent < MIN_SENT_S:
        return []
    segments = replay.segments
    warnings: list[NoticeWarning] = []
    starts, ends = row_times(segments)
    seconds = ends - starts
    if seconds.sum() > MIN_SHARE_FOUND * sent * len(_channels(sessions)):
        return []  # nearly all of the sound was found as speech
    pieces = listening.read_excerpts(recording, listening.LONG_PLAN)
    listened = sum(map(len, pieces)) / _sampling_rate(recording)
    for channel, each, threshold in _levels(recording, sessions, pieces):
        found = seconds[segments["channel"] == channel].sum()
        if (
            each is not None
            and each.below > MIN_SHARE_BELOW
            and found < MIN_SHARE_FOUND * each.seconds * sent / listened
        ):
            warnings.append(_unheard_warning(recording, sessions[0], each, threshold, float(found)))
    return warnings[:1]


def predict_notices(recording: Recording, sessions: Sequence[Any]) -> list[NoticeWarning]:
    """Predict the notices of a recording that has not been sent, from short excerpts."""
    warnings = find_header_notices(recording)
    if recording.live or recording.audio is None or not isinstance(sessions[0], SpeechGated):
        return warnings
    pieces = listening.read_excerpts(recording, listening.QUICK_PLAN)
    how = listening.downmix_effect(pieces, _sampling_rate(recording)) if _mixes_channels(sessions) else None
    warnings += predict_sample_notices(recording, pieces)
    if how is not None:
        warnings.append(MixedWarning(file=recording.file, channels=recording.audio.channels, how=how))
    levels = [(each, threshold) for _, each, threshold in _levels(recording, sessions, pieces)]
    soft = [(each, threshold) for each, threshold in levels if each is not None and each.below > MIN_SHARE_BELOW]
    return warnings + [_unheard_warning(recording, sessions[0], each, threshold, None) for each, threshold in soft[:1]]


def _unheard_warning(
    recording: Recording, api: SpeechGated, speech_level: SpeechLevel, threshold: float, found: float | None
) -> UnheardWarning:
    lower = api.noise_of(speech_level.level - MARGIN_DB)
    return UnheardWarning(
        file=recording.file,
        level=speech_level.level,
        threshold=threshold,
        noise=api.noise_of(threshold),
        found=found,
        instead=lower,
    )


def _mixes_channels(sessions: Sequence[Any]) -> bool:
    return isinstance(sessions[0], SpeechGated) and sessions[0].channels == "mono"


def _channels(sessions: Sequence[Any]) -> list[int | str]:
    return [0, 1] if sessions[0].channels == "both" else [each.channels for each in sessions]


def _sampling_rate(recording: Recording) -> int:
    return 1 if recording.audio is None else recording.audio.sampling_rate


def _levels(
    recording: Recording, sessions: Sequence[Any], pieces: list[NDArray[np.float32]]
) -> list[tuple[int, SpeechLevel | None, float]]:
    """Return for each channel that is sent: its number in tables, its level, and the threshold."""
    threshold = sessions[0].threshold
    if math.isinf(threshold):
        return []
    levels = []
    for channel in _channels(sessions):
        number = 0 if channel == "mono" else int(channel)
        own = [piece @ _mean_weights(piece) if channel == "mono" else piece[:, number] for piece in pieces]
        levels.append((number, listening.speech_level(own, _sampling_rate(recording), threshold), threshold))
    return levels


def _mean_weights(piece: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weights of the channels in their mean: the product is ten times as fast as a mean of two columns."""
    return np.full(piece.shape[1], 1 / piece.shape[1], np.float32)
