"""A packet says which stretch of media it covers, and cannot be changed on its way."""

from __future__ import annotations

import pickle

import pytest

from emotoolkit.media.packet import Packet


def test_its_duration_is_what_it_covers():
    """Media seconds from start to end, whatever the bytes are."""
    assert Packet(1.5, 3.75, b"").duration == 2.25
    assert Packet(0.0, 0.0, b"header").duration == 0.0


def test_it_stays_what_it_was():
    """Neither time nor bytes can be set; two of the same content are equal, here and in another process."""
    packet = Packet(0.0, 1.0, b"abc")
    with pytest.raises(AttributeError):
        packet.end = 2.0
    assert pickle.loads(pickle.dumps(packet)) == packet == Packet(0.0, 1.0, b"abc")
    assert packet != Packet(0.0, 1.0, b"xyz")
