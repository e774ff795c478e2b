"""A recording's card: what it shows, and that it shows nothing as markup that is not."""

import base64
import io
import re
from xml.etree import ElementTree as ET

import av
import numpy as np
import pytest

from emotoolkit.media.card import WAVEFORM_HEIGHT_PX, recording_html

QUIET = (np.zeros(10, np.float32), np.zeros(10, np.float32))


def heights(html):
    """Lowest and highest place of the waveform's outline."""
    points = re.search(r"<polygon points='([^']*)'", html)[1].split()
    places = [float(point.split(",")[1]) for point in points]
    return min(places), max(places)


def test_only_what_there_is_is_drawn():
    """Without sound there is no waveform, without pictures no strip; the title and the facts are there."""
    html = recording_html("talk.wav", ["30.00 s", "mono"], 30.0, None, ())
    assert "<svg" not in html
    assert "<img" not in html
    assert all(text in html for text in ("talk.wav", "30.00 s", "mono"))


def test_names_are_text():
    """A name with brackets in it is shown as it is, not taken for markup."""
    html = recording_html("<b>talk</b>.wav", ["<i>"], 1.0, None, ())
    assert "<b>talk" not in html
    assert "&lt;b&gt;talk&lt;/b&gt;.wav" in html


def test_pictures_are_jpeg_with_their_times():
    """Each picture can be decoded, with even sides, and says when it is shown."""
    pixels = np.full((73, 129, 3), (200, 30, 30), np.uint8)
    html = recording_html("film.mp4", [], 8.0, None, [(1.25, pixels), (4.0, pixels)])
    assert re.findall(r"alt='([^']*)'", html) == ["picture at 1.2 s", "picture at 4.0 s"]
    data = base64.b64decode(re.search(r"base64,([^']*)'", html)[1])
    with av.open(io.BytesIO(data), format="mjpeg") as container:
        frame = next(container.decode(video=0))
    assert (frame.width, frame.height) == (128, 72)
    assert frame.to_ndarray(format="rgb24").mean(axis=(0, 1)) == pytest.approx([200, 30, 30], abs=6)


def test_the_loudest_sample_fills_the_height():
    """A soft recording is drawn as high as a loud one."""
    high = np.linspace(0, 0.1, 10, dtype=np.float32)
    assert heights(recording_html("a.wav", [], 1.0, (-high, high), ())) == (0.0, WAVEFORM_HEIGHT_PX)


def test_silence_is_a_line():
    """Nothing is made of the noise of a silent file."""
    html = recording_html("a.wav", [], 1.0, QUIET, ())
    assert heights(html) == (WAVEFORM_HEIGHT_PX / 2, WAVEFORM_HEIGHT_PX / 2)
    noise = np.full(10, 1e-4, np.float32)
    assert heights(recording_html("a.wav", [], 1.0, (-noise, noise), ()))[0] > WAVEFORM_HEIGHT_PX / 2 - 1


def test_it_is_one_element():
    """The card can stand anywhere in a page."""
    html = recording_html("a.wav", ["1 s"], 1.0, QUIET, [(0.0, np.zeros((2, 2, 3), np.uint8))])
    assert ET.fromstring(html).tag == "div"
