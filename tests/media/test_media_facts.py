"""What is known of a medium, as a value."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from emotoolkit.media.media_facts import MediaFacts

FACTS = {"duration": 30.0, "container": "wav", "audio": None, "video": None}


def test_equal_wherever_the_file_lies():
    """Path and the container's clock are no part of what a medium is; its stretch is."""
    here, there = (MediaFacts(file="a.wav", path=Path(p), origin=o, **FACTS) for p, o in (("/a", 0.0), ("/b", 1.4)))
    assert here == there
    assert hash(here) == hash(there)
    assert here != MediaFacts(file="a.wav", path=Path("/a"), origin=0.0, begin=5.0, **FACTS)


def test_a_value():
    """Its length is that of its stretch, and nothing of it can be changed."""
    clip = MediaFacts(file="a.wav", path=Path("/a"), origin=0.0, begin=5.0, **FACTS)
    assert clip.length == 25.0
    with pytest.raises(FrozenInstanceError):
        clip.duration = 3.0
