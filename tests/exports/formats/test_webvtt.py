"""Captions that others have written."""

from __future__ import annotations

import pytest

import emotoolkit as emo
from emotoolkit import read_labels
from tests.support.browser import chromium

FIRST = (1.0, 2.0)
SECOND = (2.0, 3.0)


@pytest.mark.parametrize(
    ("cues", "said"),
    [
        (
            "00:01.000 --> 00:02.000\n- One\n- Two\n\n00:02.000 --> 00:03.000\nThree",
            [(*FIRST, "caption", "- One\n- Two"), (*SECOND, "caption", "Three")],
        ),
        (
            "1\n00:01.000 --> 00:02.000 align:start\n<v.loud Mary Ann>Hello <i>you</i> &amp; all</v>\n",
            [(*FIRST, "Mary Ann", "Hello you & all")],
        ),
        (
            "00:01.000 --> 00:02.000\n(bell)\n<v Mary>Hello</v>\n<v Tom>Hi <00:01.500><c>there</c>",
            [(*FIRST, "Mary", "Hello"), (*FIRST, "Tom", "Hi there"), (*FIRST, "caption", "(bell)")],
        ),
        ("00:00:01,000 --> 00:00:02,000\nHello", [(*FIRST, "caption", "Hello")]),
        (
            "00:01.000 --> 00:02.000\n\n00:02.000 --> 00:03.000\nThen",
            [(*FIRST, "caption", ""), (*SECOND, "caption", "Then")],
        ),
        (
            "00:01.000 --> 00:02.000\nNow\n00:02.000 --> 00:03.000\nThen",
            [(*FIRST, "caption", "Now"), (*SECOND, "caption", "Then")],
        ),
    ],
    ids=["lines", "voice", "voices", "comma", "empty", "dense"],
)
def test_captions_of_others(tmp_path, cues, said):
    """All lines of a cue are read without their tags, a voice is a track, and times may have a comma."""
    (tmp_path / "a.vtt").write_text(f"WEBVTT\n\n{cues}\n", encoding="utf-8")
    found = read_labels(tmp_path / "a.vtt")
    seconds = [(start.total_seconds(), end.total_seconds()) for _, start, end in found.index]
    told = [(*times, *row) for times, row in zip(seconds, found[["track", "label"]].to_numpy(), strict=True)]
    assert told == said


def test_a_browser_reads_the_captions(result, tmp_path):
    """Chromium finds each cue of the WebVTT with its times and text."""
    (path,) = emo.export(result, "webvtt", tmp_path)
    address = "data:text/vtt;base64," + __import__("base64").b64encode(path.read_bytes()).decode()
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(f"<video><track default src='{address}'></video>")
        cues = page.evaluate(
            """() => new Promise(done => {
                const track = document.querySelector('track');
                const tell = () => done([...track.track.cues].map(
                    cue => [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]));
                track.track.mode = 'showing';
                track.addEventListener('load', tell);
                if (track.readyState === 2) tell();
            })"""
        )
    assert cues == [
        [0, 2, "signal: علاقه = 3"],
        [1, 3, "signal: two%0Alines = 1"],
        [4, 4.001, "signal: %-"],
    ]
