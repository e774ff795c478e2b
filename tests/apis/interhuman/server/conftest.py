"""A film for the local server."""

from __future__ import annotations

import pytest

from tests.support import footage
from tests.support.interhuman_streams import TALK


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Fifteen seconds with two pauses."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    path.write_bytes(footage.file("plain", 15, talk=TALK))
    return path
