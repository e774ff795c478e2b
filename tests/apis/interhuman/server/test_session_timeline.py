"""Frames of one container after the other, on the clock of the session."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.server.coverage import Gap
from emotoolkit.apis.interhuman.server.media_items import SAMPLING_RATE_HZ, ErrorReport, Picture, SoundChunk
from emotoolkit.apis.interhuman.server.session_timeline import (
    MAX_CLOCK_JUMP_S,
    SessionTimeline,
    accept_all,
    frame_duration,
    with_times,
)

RATE = 1000


def picture(time: float | None = None, duration: float = 0.04) -> av.VideoFrame:
    """A small picture, at a millisecond of its container."""
    frame = av.VideoFrame(16, 16, "gray")
    frame.time_base = Fraction(1, RATE)
    frame.duration = round(duration * RATE)
    frame.pts = None if time is None else round(time * RATE)
    return frame


def sound(seconds: float = 0.1) -> av.AudioFrame:
    """A frame of loud sound at 16 kHz."""
    samples = np.ones((1, round(seconds * SAMPLING_RATE_HZ)), np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
    frame.sample_rate = SAMPLING_RATE_HZ
    return frame


def container(start: float, pictures_end: float, sound_end: float | None = None):
    """Frames of a container, in order of time, as a demuxer with times gives them."""
    frames = [(time, 0.1, picture()) for time in np.arange(start, pictures_end - 0.01, 0.1)]
    if sound_end is not None:
        frames += [(time, 0.1, sound()) for time in np.arange(start, sound_end - 0.01, 0.1)]
    return sorted(frames, key=lambda each: each[0])


class Session:
    """A timeline and what comes of it."""

    def __init__(self, pictures=accept_all, sounds=accept_all):
        self.items = []
        self.timeline = SessionTimeline(self.items.append, pictures, sounds)

    def place(self, frames, tracks=2):
        self.timeline.place(iter(frames), tracks)

    def of(self, kind):
        return [item for item in self.items if isinstance(item, kind)]

    @property
    def samples(self):
        return np.concatenate([np.empty(0, np.float32), *(each.samples for each in self.of(SoundChunk))])


@pytest.mark.parametrize("zero", [0.0, 7.3, 1e5])
def test_each_container_begins_where_the_last_ended(zero):
    """Whatever second a container's own clock begins at, its pictures follow those before it."""
    session = Session()
    for start in (0.0, zero):
        session.place(container(start, start + 1.0, start + 1.0))
    session.timeline.finish()
    assert [each.time for each in session.of(Picture)] == pytest.approx(np.arange(20) / 10, abs=1e-6)
    assert len(session.samples) == 2 * SAMPLING_RATE_HZ
    assert session.samples.all(), "no silence in between"


def test_padding_is_cut_off():
    """Sound that is a little longer than its pictures is padding, and does not move what follows."""
    session = Session()
    frames = container(0.0, 1.0, 1.0)
    frames[-1] = (frames[-1][0], 0.15, sound(0.15))
    session.place(frames)
    session.place(container(0.0, 1.0, 1.0))
    session.timeline.finish()
    assert session.of(Picture)[10].time == pytest.approx(1.0)
    assert len(session.samples) == 2 * SAMPLING_RATE_HZ


def test_longer_sound_is_waited_for():
    """Sound that is much longer than its pictures is heard to its end, and the next container begins there."""
    session = Session()
    session.place(container(0.0, 1.0, 1.5))
    session.place(container(0.0, 1.0, 1.0))
    session.timeline.finish()
    assert session.of(Picture)[10].time == pytest.approx(1.5)
    assert len(session.samples) == 2.5 * SAMPLING_RATE_HZ


def test_a_track_that_never_comes_does_not_hold_up():
    """Where a container names a track that stays away, the other one's frames are placed all the same."""
    session = Session()
    session.place(container(0.0, 3.0), tracks=2)
    assert len(session.of(Picture)) == 30


def test_what_is_not_accepted_is_a_gap():
    """Pictures and sound that are not accepted are left out, and reported as a gap when it is certain."""
    session = Session(lambda second: not 1.0 <= second < 3.0, lambda second: not 1.0 <= second < 3.0)
    session.place(container(0.0, 5.0, 5.0))
    session.timeline.finish()
    assert session.of(Gap) == [Gap(1.0, 3.0, has_sound=False)]
    assert len(session.of(Picture)) == 30
    assert len(session.samples) == 5 * SAMPLING_RATE_HZ, "silence where sound was left out"


def test_without_pictures_there_are_no_gaps():
    """Where only sound is analysed, pictures that are missing are no gap."""
    session = Session()
    session.timeline.audio_only = True
    session.place([(time / 10, 0.1, sound()) for time in range(30)], tracks=1)
    session.timeline.finish()
    assert session.of(Gap) == []
    assert len(session.samples) == 3 * SAMPLING_RATE_HZ


def test_closing_emits_nothing_more():
    """A timeline that is closed while frames come drops the rest."""
    session = Session()

    def frames():
        yield from container(0.0, 1.0)[:5]
        session.timeline.close()
        yield from container(0.5, 1.0)

    session.place(frames(), tracks=1)
    session.timeline.finish()
    assert len(session.items) <= 5


@given(st.lists(st.integers(1, 2000), min_size=2, max_size=9), st.integers(0, 10**7))
def test_times_that_are_there_are_kept(steps, zero):
    """Law: a frame with a time has that time, if the clock does not leap."""
    times = [(zero + step) / RATE for step in np.cumsum(steps).tolist()]
    errors = []
    timed = list(with_times((picture(time) for time in times), errors.append))
    assert [time for time, _, _ in timed] == pytest.approx(times)
    assert errors == []


def test_times_that_are_missing_are_estimated():
    """A frame without a time follows the one before it; without a duration it lasts as long as that one."""
    frames = [picture(1.0), picture(), picture(duration=0), picture(1.2)]
    timed = [(time, duration) for time, duration, _ in with_times(iter(frames), print)]
    assert timed == [pytest.approx(each) for each in [(1.0, 0.04), (1.04, 0.04), (1.08, 0.04), (1.2, 0.04)]]


def test_a_leap_is_reported_and_closed():
    """A clock that leaps further than can be true is an error, and what follows is put behind what came before."""
    errors = []
    frames = [picture(0.0), picture(MAX_CLOCK_JUMP_S + 1.0)]
    times = [time for time, _, _ in with_times(iter(frames), errors.append)]
    assert times == pytest.approx([0.0, 0.04])
    assert errors == [
        ErrorReport("ih5004", "the message's clock leaps by 61 s; what follows is put behind what came before")
    ]


def test_durations():
    """Sound lasts as long as its samples; a picture as long as it says, or 0 if that cannot be true."""
    assert frame_duration(sound(0.25)) == 0.25
    assert frame_duration(picture(duration=0.5)) == 0.5
    assert frame_duration(picture(duration=MAX_CLOCK_JUMP_S + 1)) == 0.0
