"""What the local server says of the sample, of which every movement is known."""

from __future__ import annotations

import itertools
import logging
import struct

import numpy as np
import pytest

from emotoolkit.apis.interhuman.server import evidence, features, scoring
from emotoolkit.apis.interhuman.server.analysis import (
    Analyzer,
    DetectedSignal,
    EndedSignal,
    EngagementState,
    QualityPeriod,
)
from emotoolkit.apis.interhuman.server.ingest import ErrorReport, MediaDecoder
from emotoolkit.errors import NoFacesWarning
from emotoolkit.measure.face import Attention
from emotoolkit.measure.head import HeadGesture
from emotoolkit.measure.posture import Lean
from tests.support import footage, heads


def found(*messages):
    analysis = Analyzer()
    return [*(finding for message in messages for finding in analysis.feed(message)), *analysis.finish()]


def of(findings, *kinds):
    return [finding for finding in findings if isinstance(finding, kinds)]


def spans(findings):
    """Every signal with its start, end and rationale."""
    begun, told = {}, []
    for finding in of(findings, DetectedSignal, EndedSignal):
        if isinstance(finding, DetectedSignal):
            begun[finding.signal] = finding
        else:
            said = begun.pop(finding.signal)
            told.append((finding.signal, said.start, finding.end, said.rationale))
    assert begun == {}
    return told


@pytest.fixture(scope="module")
def interview():
    return found(heads.INTERVIEW.read_bytes())


@pytest.mark.parametrize(
    ("signal", "start", "end", "slack"),
    [
        ("agreement", 4, 7, 0.1),
        ("disagreement", 9, 12, 0.1),
        ("interest", 14, 18, 0.3),
        ("agreement", 27, 29, 0.1),
    ],
)
def test_the_sample_says_what_was_done(interview, signal, start, end, slack):
    """Nods, shakes and a lean are told where they were made."""
    assert any(
        name == signal and abs(begin - start) <= slack and abs(finish - end) <= slack
        for name, begin, finish, _ in spans(interview)
    )


def test_the_sample_says_nothing_else(interview):
    """Beside the four movements, there is the one long pause before speech."""
    assert sorted(name for name, *_ in spans(interview)) == [
        "agreement",
        "agreement",
        "disagreement",
        "hesitation",
        "interest",
    ]


def test_rationales_quote_the_numbers(interview):
    """Each rationale says how often, how fast, how far and when."""
    said = {(name, round(start)): rationale for name, start, _, rationale in spans(interview)}
    assert said["agreement", 4].startswith("nodded 6 times at 2.0 Hz, ±12 px (")
    assert said["agreement", 4].endswith(", 4.0–7.0 s")
    assert said["disagreement", 9].startswith("shook the head 6 times at 2.0 Hz, ±12 px (")
    assert said["agreement", 27].startswith("nodded 4 times at 2.0 Hz, ±6 px (")
    (leaned,) = (rationale for (name, _), rationale in said.items() if name == "interest")
    assert leaned.startswith("leaned in: face 1.2")


def test_who_leaves_is_disengaged(interview):
    """The empty chair from 20 to 24 s is disengaged; before and after, somebody is engaged."""
    states = [(state.state, state.start) for state in of(interview, EngagementState)]
    assert [name for name, _ in states] == ["engaged", "disengaged", "engaged"]
    assert [start for _, start in states] == pytest.approx([0, 20, 24], abs=0.25)


def test_who_comes_and_goes():
    """Two absences within one window are two; a second without the face is the least that counts."""
    gone = [(2, 4), (6, 7.6), (10, 10.4)]
    poses = [heads.Pose(gone=any(a <= n / 25 < b for a, b in gone)) for n in range(14 * 25)]
    states = of(found(film(poses, 14)), EngagementState)
    assert [state.state == "disengaged" for state in states[:5]] == [False, True, False, True, False]
    assert [state.start for state in states[:5]] == pytest.approx([0, 2, 4, 6, 7.6], abs=0.45)
    assert not any(state.state == "disengaged" for state in states[5:])


def test_sums_start_at_fifty(interview):
    """A score moves from 50 only where a signal was, and says so in `measured`."""
    first, second, third, *_ = of(interview, QualityPeriod)
    assert first.measured == ("energy", "rapport")
    assert first.values["rapport"] == pytest.approx(50 + 40 * 3 / 8, abs=0.3)
    assert first.values["learning"] == second.values["rapport"] == 50
    assert third.values["rapport"] < 50


def film(poses, seconds):
    """A silent film of the portrait, each picture coded by itself."""
    images = (np.repeat(heads.draw(pose)[:, :, None], 3, axis=2) for pose in itertools.islice(poses, seconds * 25))
    return footage.silent(images)


@pytest.mark.parametrize("gone", [False, True])
def test_a_still_picture_is_no_signal(gone):
    """A portrait that does not move, or an empty room, gives no signal; nobody is engaged."""
    findings = found(film(itertools.repeat(heads.Pose(gone=gone)), 12))
    assert of(findings, DetectedSignal) == []
    assert [state.state for state in of(findings, EngagementState)] == ["disengaged" if gone else "neutral"]
    assert {
        period.values[name]
        for period in of(findings, QualityPeriod)
        for name in ("clarity", "authority", "rapport", "learning")
    } == {50}


def test_a_film_that_is_to_be_turned():
    """A telephone's film, lying on its side with a note to turn it, has an upright face in it."""
    lying = np.rot90(np.repeat(heads.draw(heads.Pose())[:, :, None], 3, axis=2))
    data = footage.silent(itertools.repeat(lying, 25), "libx264", "mp4")
    matrix = data.index(b"tkhd") + 44
    clockwise = struct.pack(">6i", 0, 65536, 0, -65536, 0, 0)
    for content, attention in (
        (data, Attention.UNSEEN),
        (data[:matrix] + clockwise + data[matrix + 24 :], Attention.FRONTAL),
    ):
        pictures = []
        media = MediaDecoder(lambda item, pictures=pictures: pictures.append(item))
        media.feed(content)
        looks, _ = heads.looked(pictures)
        assert looks[-1].attention is attention


def test_a_lean_that_looks_away_is_no_interest():
    """Interest needs both: nearer, and turned to the camera."""
    assert evidence.lean(Lean(14.0, 18.0, 1.3, 0.9, 19.0)).signal == "interest"
    assert evidence.lean(Lean(14.0, 18.0, 1.3, 0.5, 19.0)) is None


@pytest.mark.parametrize(("count", "name"), [(2, "low"), (3, "medium"), (4, "high"), (9, "high")])
def test_more_nods_are_more_probable(count, name):
    """The more nods in one go, the more probable the agreement."""
    cause = evidence.motion(HeadGesture("nod", 1.0, 2.0, count, 2.0, 8.0, 0.05, 2.5))
    assert scoring.SIGNALS[cause.signal].probability(cause.strength) == name


def test_without_opencv(monkeypatch, caplog):
    """Where OpenCV is missing, movement and sound are measured, and what is missing is said once."""
    monkeypatch.setattr(features, "is_available", lambda: False)
    features._warn_no_faces.cache_clear()
    talk = ((0.5, 6.0), (7.5, 12.0))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            findings = found(footage.file("mkv", 12, talk=talk, rate=16_000, lively=True))
    assert [finding.signal for finding in of(findings, DetectedSignal)] == ["hesitation"]
    assert of(findings, QualityPeriod)[0].measured == ("energy",)
    assert [record.message for record in caplog.records] == [NoFacesWarning.sentence]
    features._warn_no_faces.cache_clear()


def small(size):
    """A second and a half of noise, each picture of this size."""
    rng = np.random.default_rng(4)
    return [rng.integers(0, 256, (*size, 3), np.uint8) for _ in range(38)]


def leaving():
    """The portrait slides out of the picture to the left, bit by bit."""
    portrait = np.repeat(heads.draw(heads.Pose())[:, :, None], 3, axis=2)
    for n in range(75):
        moved = np.zeros_like(portrait)
        moved[:, : 640 - 8 * n] = portrait[:, 8 * n :]
        yield moved


BAD = {
    "1 by 1": lambda: footage.silent(small((1, 1))),
    "2 by 500": lambda: footage.silent(small((2, 500))),
    "a face at the edge": lambda: footage.silent(leaving()),
    "black": lambda: footage.silent([np.zeros((96, 160, 3), np.uint8)] * 75),
    "one picture": lambda: footage.silent([np.zeros((96, 160, 3), np.uint8)]),
    "cut in the middle of a picture": lambda: film(itertools.repeat(heads.Pose()), 3)[:-5000],
}


@pytest.mark.parametrize("what", BAD)
def test_bad_pictures_give_numbers_or_nothing(what):
    """Whatever the pictures are like, nothing crashes, no signal is invented, and every number is one from 0 to 100."""
    findings = found(BAD[what]())
    assert of(findings, DetectedSignal) == []
    values = [
        value for each in of(findings, QualityPeriod) for value in (*each.values.values(), *each.overall.values())
    ]
    assert all(0 <= value <= 100 for value in values)


def test_a_broken_picture_in_the_middle_of_a_nod():
    """Nods are told although pictures in the midst of them are damaged, and the damage is told too."""
    poses = [heads.Pose(down=12 * float(np.sin(2 * np.pi * 2 * n / 25)) * (50 <= n < 125)) for n in range(200)]
    data = bytearray(film(poses, 8))
    starts = [at for at in range(len(data)) if data[at : at + 3] == b"\xff\xd8\xff"]
    for number in (70, 90):
        data[starts[number] : starts[number + 1] - 40] = bytes(starts[number + 1] - 40 - starts[number])
    findings = found(bytes(data))
    assert [each.code for each in of(findings, ErrorReport)] == ["ih5004"]
    assert "agreement" in {each.signal for each in of(findings, DetectedSignal)}
