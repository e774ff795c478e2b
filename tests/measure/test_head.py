"""Nods, shakes and leans, of a portrait whose every movement is known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.measure.face import RATE_HZ, Attention, FaceObservation
from emotoolkit.measure.head import HeadGesture, HeadMovementDetector
from emotoolkit.measure.posture import Lean, Stillness
from tests.support import heads
from tests.support.heads import FPS, Pose

HERTZ, PIXELS, KINDS = (0.8, 1.2, 2.0, 2.5, 3.0), (2.0, 5.0, 12.0), ("nod", "shake")
ALL = tuple(itertools.product(HERTZ, PIXELS))
SOME = ((0.8, 12.0), (1.2, 2.0), (2.0, 5.0), (3.0, 2.0), (3.0, 12.0))
"""Pace (Hz) and size (px) of movements: every pair, and the ends of both ranges with something between."""

SLOW, FLICKER = ("slow", 30, False), ("flicker", 34, True)
"""Light, compression, and whether the head talks."""

LASTS, RESTS = 3.0, 1.4
MINUTE = 60 * FPS

LIGHTS = {
    "as it is": lambda time: 1.0,
    "slow": lambda time: 1 + 0.3 * np.sin(2 * np.pi * 0.3 * time),
    "flicker": lambda time: 1 + 0.08 * np.sin(2 * np.pi * 7.3 * time),
}


def poses(movements, light, *, talks=False):
    """Rest, move, rest, move …, each movement (kind, hertz, pixels) for 3 s."""
    number = itertools.count()

    def pose(right=0.0, down=0.0):
        n = next(number)
        jaw = 3 * max(0.0, np.sin(2 * np.pi * 4.1 * n / FPS)) if talks else 0.0
        return Pose(right=right, down=down, jaw=float(jaw), light=float(light(n / FPS)))

    for kind, hertz, pixels in movements:
        yield from (pose() for _ in range(round(RESTS * FPS)))
        yield from (pose(down=at) if kind == "nod" else pose(right=at) for at in heads.swing(LASTS, hertz, pixels))
    yield from (pose() for _ in range(round(RESTS * FPS)))


def moving(found):
    """Every movement but holding still."""
    return [each for each in found if not isinstance(each, Stillness)]


def measured(kind, light, crf, talks, sizes):
    """What is found of movements of a kind, and how many are found that were not made."""
    made = [(kind, hertz, pixels) for hertz, pixels in sizes]
    _, found = heads.looked(heads.coded(map(heads.draw, poses(made, LIGHTS[light], talks=talks)), crf))
    found = moving(found)
    matched = []
    for n, (_, hertz, pixels) in enumerate(made):
        start = RESTS + n * (LASTS + RESTS)
        fitting = [
            each
            for each in found
            if isinstance(each, HeadGesture)
            and each.kind == kind
            and min(each.end, start + LASTS) - max(each.start, start) > LASTS / 2
        ]
        matched.append((hertz, pixels, fitting[0] if fitting else None))
    return matched, len(found) - sum(each is not None for *_, each in matched)


@pytest.mark.parametrize(
    ("kind", "seen", "sizes"),
    [
        ("nod", SLOW, SOME),
        ("shake", FLICKER, SOME),
        *(pytest.param(kind, seen, ALL, marks=pytest.mark.soak) for kind in KINDS for seen in (SLOW, FLICKER)),
    ],
)
def test_movements_are_found(kind, seen, sizes):
    """At least 95 % of nods and shakes of 0.8–3 Hz and ±2–12 px are found, compressed and in changing light."""
    matched, others = measured(kind, *seen, sizes)
    assert sum(each is not None for *_, each in matched) >= 0.95 * len(matched)
    assert others == 0
    for hertz, pixels, each in matched:
        if each is not None:
            assert each.hertz == pytest.approx(hertz, abs=0.25)
            assert each.pixels == pytest.approx(pixels, rel=0.15)
            assert abs(each.count - hertz * LASTS) <= 1


def walk(seed, seconds, hertz, pixels):
    """Chance movement below a frequency, of this standard deviation."""
    count = seconds * FPS
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    spectrum[np.fft.rfftfreq(count, 1 / FPS) > hertz] = 0
    path = np.fft.irfft(spectrum, count)
    return path / path.std() * pixels


@pytest.mark.parametrize(("crf", "seconds"), [pytest.param(23, 60, marks=pytest.mark.soak), (38, 20)])
def test_still_head(crf, seconds):
    """A still head does nothing but hold still, however badly it is compressed."""
    _, found = heads.looked(heads.coded((heads.draw(Pose()) for _ in range(seconds * FPS)), crf))
    (still,) = found
    assert isinstance(still, Stillness)
    assert (still.start, still.end) == (pytest.approx(0.2, abs=0.3), pytest.approx(seconds, abs=0.1))


def test_talking_head():
    """The lips of somebody who talks, and the slow sway of their head, are at most one movement a minute."""
    right, down = (walk(seed, 60, 0.5, 4.0) for seed in (1, 2))
    jaw = [
        4 * max(0.0, np.sin(2 * np.pi * 4.1 * n / FPS)) * (np.sin(2 * np.pi * 0.35 * n / FPS) > -0.3)
        for n in range(MINUTE)
    ]
    talking = (Pose(right=float(r), down=float(d), jaw=float(j)) for r, d, j in zip(right, down, jaw, strict=True))
    _, found = heads.looked(heads.coded(map(heads.draw, talking), 30))
    assert len(moving(found)) <= 1


def test_still_picture():
    """A still picture gives nothing but stillness, all of the time."""
    looks, found = heads.looked([(0.0, heads.Plain(heads.draw(Pose())))], end=60.0)
    assert [(type(each), each.width, each.end) for each in found] == [(Stillness, 0.0, 59.96)]
    assert {(look.right, look.down) for look in looks if look.right is not None} == {(0.0, 0.0)}


def test_ten_pictures_a_second():
    """A nod of 2 Hz is found at 10 pictures a second as well."""
    film = [*[0.0] * 20, *(8 * np.sin(2 * np.pi * 2 * np.arange(30) / 10)), *[0.0] * 20]
    _, found = heads.looked(heads.plain((heads.draw(Pose(down=float(at))) for at in film), 10.0), end=7.0)
    (nod,) = found
    assert (nod.kind, nod.hertz) == ("nod", pytest.approx(2.0, abs=0.25))


def test_lean():
    """A head that comes nearer, or goes away, is a lean from when to when, with how much."""
    zoom = [*[1.0] * 100, *np.linspace(1, 1.35, 25), *[1.35] * 50, *np.linspace(1.35, 1, 25), *[1.0] * 75]
    _, found = heads.looked(heads.coded((heads.draw(Pose(zoom=float(each))) for each in zoom), 28))
    (lean,) = (each for each in found if isinstance(each, Lean))
    assert (lean.start, lean.end) == (pytest.approx(4.0, abs=0.3), pytest.approx(8.0, abs=0.3))
    assert (lean.times, lean.looking) == (pytest.approx(1.3, abs=0.07), 1.0)
    back = [1 / each for each in zoom]
    _, found = heads.looked(heads.plain(heads.draw(Pose(zoom=float(each))) for each in back))
    (lean,) = (each for each in found if isinstance(each, Lean))
    assert (lean.start, lean.end) == (pytest.approx(4.0, abs=0.3), pytest.approx(8.0, abs=0.3))
    assert lean.times == pytest.approx(1 / 1.3, abs=0.07)


# The rules alone, on looks made by hand


def look(n, right=0.0, down=0.0, *, track=1, width=100.0):
    return FaceObservation(n / RATE_HZ, Attention.FRONTAL, 0.5, 0.5, 0.2, width, right, down, track)


def swung(hertz, pixels, seconds, *, after=1.5, axis="down", **more):
    """Looks at a movement after 1 s of rest."""
    at = [*[0.0] * RATE_HZ, *(pixels * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ))]
    at += [0.0] * round(after * RATE_HZ)
    return [look(n, **{axis: float(each)}, **more) for n, each in enumerate(at)]


def found(looks):
    head = HeadMovementDetector()
    return moving([*head.feed(looks), *head.finish()])


def test_numbers_of_a_nod():
    """Six nods of 2 Hz, ±12 px: each number is what was made."""
    (nod,) = found(swung(2.0, 12.0, 3.0))
    assert (nod.kind, nod.count) == ("nod", 6)
    assert nod.hertz == pytest.approx(2.0, abs=0.05)
    assert nod.pixels == pytest.approx(12.0, abs=0.5)
    assert nod.width == pytest.approx(0.12, abs=0.005)
    assert (nod.start, nod.end) == (pytest.approx(1.0, abs=0.05), pytest.approx(4.0, abs=0.05))
    assert nod.end <= nod.known <= 5.25


@pytest.mark.parametrize(
    ("hertz", "pixels", "seconds"),
    [(0.4, 10, 6), (6.0, 10, 3), (2.0, 0.5, 3), (2.0, 10, 0.8)],
    ids=["too slow", "too fast", "too small", "too short"],
)
def test_what_is_no_nod(hertz, pixels, seconds):
    """Too slow, too fast, too small or too short is no nod."""
    assert found(swung(hertz, pixels, seconds)) == []


def test_diagonal_is_neither():
    """A head that goes both ways at once neither nods nor shakes."""
    both = [look(n, each.down, each.down) for n, each in enumerate(swung(2.0, 12.0, 3.0))]
    assert found(both) == []


def test_long_nodding_is_told_in_parts():
    """Nodding for half a minute is told every 6 s or so, without a gap worth a nod."""
    parts = found(swung(2.0, 8.0, 30.0))
    assert 4 <= len(parts) <= 6
    assert all(before.end - after.start <= 0.6 for before, after in itertools.pairwise(parts))
    assert sum(part.count for part in parts) == pytest.approx(60, abs=3)


def test_another_track_is_another_movement():
    """What is found of two faces is never taken together."""
    nod = swung(2.0, 12.0, 3.0)
    parted = [each if n < 60 else look(n, down=each.down, track=2) for n, each in enumerate(nod)]
    assert [each.count for each in found(parted)] != [6]


def test_size_is_not_travel():
    """A face far from where it began, of which the size is measured now larger, now smaller, does not nod."""
    assert found([look(n, 300.0, 300.0, width=100 + 4 * (n // 5 % 2)) for n in range(200)]) == []


@given(st.lists(st.integers(1, 40), max_size=12))
def test_cuts_do_not_matter(sizes):
    """However the looks are handed over, the movements are the same."""
    looks = [*swung(2.0, 6.0, 3.0)]
    head, rest, got = HeadMovementDetector(), looks, []
    for size in sizes:
        got += head.feed(rest[:size])
        rest = rest[size:]
    assert moving([*got, *head.feed(rest), *head.finish()]) == found(looks)


@pytest.mark.parametrize("hertz", [0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("across", [0.5, 3.0], ids=["up-and-down", "both-ways"])
def test_sway_is_hardly_ever_a_nod(hertz, across):
    """Ten minutes of chance movement, of any pace, give at most one nod or shake a minute."""
    false = 0
    for seed in range(5):
        ways = zip(walk(seed, 120, hertz, across), walk(100 + seed, 120, hertz, 3.0), strict=True)
        false += len(found([look(n, *way, width=124.0) for n, way in enumerate(ways)]))
    assert false <= 10


@pytest.mark.parametrize("fade", [0.15, 0.25, 0.35])
@pytest.mark.parametrize("hertz", [1.2, 2.0, 3.0])
def test_nods_may_fade(hertz, fade):
    """Nods that become smaller by a seventh to a third each are found, with their pace, from ±5 px on."""
    time = np.arange(round(5 / hertz * RATE_HZ)) / RATE_HZ
    for pixels in (5, 8, 12):
        down = [*[0.0] * 35, *(pixels * np.exp(-fade * hertz * time) * np.sin(2 * np.pi * hertz * time)), *[0.0] * 35]
        (nod,) = found([look(n, 0.0, float(each), width=124.0) for n, each in enumerate(down)])
        assert nod.hertz == pytest.approx(hertz, abs=0.25)


def test_nods_stand_out_from_sway():
    """Who sways a little nods three times as widely, and is seen to."""
    time = np.arange(75) / RATE_HZ
    sway = walk(3, 20, 1.0, 2.0)
    nods = np.zeros(500)
    nods[250:325] = 9 * np.sin(2 * np.pi * 2 * time)
    (nod,) = found([look(n, 0.0, float(each), width=124.0) for n, each in enumerate(sway + nods)])
    assert (nod.start, nod.end) == (pytest.approx(10, abs=0.4), pytest.approx(13, abs=0.4))


def test_who_has_just_come_must_hold_still_first():
    """A movement that was under way when the face was first seen stands out from nothing."""
    assert found(swung(2.0, 12.0, 3.0)[RATE_HZ:]) == []
