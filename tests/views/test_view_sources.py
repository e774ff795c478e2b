"""The sources of a view: players, replays, recordings and runs behind one interface."""

from __future__ import annotations

import pytest

from emotoolkit.errors import SettingsError
from emotoolkit.views.view_sources import group_sources


def test_nothing_to_show():
    """`live` says what it takes."""
    with pytest.raises(SettingsError, match="name a player"):
        group_sources([])
    with pytest.raises(SettingsError, match="nothing else"):
        group_sources(["talk.wav"])
