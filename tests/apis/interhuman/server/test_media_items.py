"""Pictures of a session: made small, and their brightness."""

from __future__ import annotations

import av
import numpy as np
import pytest

from emotoolkit.apis.interhuman.server.ingest import MediaDecoder
from emotoolkit.apis.interhuman.server.media_items import LUMA_PLANE_FORMATS, Picture
from tests.support import footage


def test_grey():
    """A picture can be had small and grey."""
    items = []
    media = MediaDecoder(items.append)
    media.feed(footage.file("plain", 1))
    small = next(item for item in items if isinstance(item, Picture)).grey()
    assert (small.shape, small.dtype) == ((45, 80), np.uint8)
    assert np.abs(small.mean() - footage.picture(0).mean()) < 3


@pytest.mark.parametrize("form", ["gray", "yuv420p", "yuv444p", "nv12", "rgb24", "bgra"])
def test_luma(form):
    """Brightness has the size of the picture, whatever the format and however long its rows are in memory."""
    grey = np.random.default_rng(1).integers(16, 236, (50, 70), np.uint8)
    frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format=form)
    luma = Picture(0.0, 0.04, frame).luma()
    assert luma.shape == (50, 70)
    assert np.corrcoef(luma.ravel(), grey.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("form", ["gray", "nv12", "yuv420p", "yuvj422p"])
def test_luma_as_coded(form):
    """Where the first plane is brightness it is given as it is, without a copy or a conversion."""
    assert form in LUMA_PLANE_FORMATS
    frame = av.VideoFrame(64, 48, form)
    plane = np.frombuffer(memoryview(frame.planes[0]), np.uint8)
    assert np.shares_memory(Picture(0.0, 0.04, frame).luma(), plane)
