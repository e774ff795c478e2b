"""What was cut away with an edit list is not sent; files without one are copied as before."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import av
import pytest

from emotoolkit.media.edit_lists import is_trimmed
from emotoolkit.media.recording import Recording
from emotoolkit.media.video.segments import segments
from tests.support.clips import numbered_clip, read_numbers
from tests.support.grey_frames import luma
from tests.support.media_files import with_edits

if TYPE_CHECKING:
    from pathlib import Path

TRIMS: dict[str, tuple[list[tuple[float, float | None]], list[range]]] = {
    "in a group": ([(6.0, 2.0)], [range(50, 200)]),
    "at its end": ([(5.0, 0.0)], [range(125)]),
    "at both ends": ([(3.2, 4.4)], [range(110, 190)]),
    "after a delay": ([(1.0, None), (6.0, 2.0)], [range(50, 200)]),
    "out of the middle": ([(2.0, 0.0), (4.0, 4.0)], [range(50), range(100, 200)]),
}
"""Edits, and the numbers of the pictures that they present, of 200."""


@pytest.mark.parametrize("framing", ["complete", "continuous"])
@pytest.mark.parametrize("bframes", [0, 2])
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
@pytest.mark.parametrize("name", TRIMS)
def test_what_was_cut_away_is_not_sent(tmp_path: Path, name: str, suffix: str, bframes: int, framing: Any) -> None:
    """The pictures sent are those presented, from 0 on; also where copying is asked for."""
    edits, presented = TRIMS[name]
    path = tmp_path / f"trimmed.{suffix}"
    numbered_clip(path, seconds=8, gop=3.0, bframes=bframes)
    recording = Recording(with_edits(path, *edits))
    parts = list(segments(recording, framing=framing, encode=None if suffix == "mp4" else False))
    assert is_trimmed(recording)
    assert parts[0].start == 0
    assert parts[-1].end == pytest.approx(sum(seconds for seconds, since in edits if since is not None), abs=0.1)
    whole = [b"".join(part.data for part in parts)] if framing == "continuous" else [part.data for part in parts]
    sent = [number for data in whole for number in numbers(data)]
    assert sent == [number for stretch in presented for number in stretch]


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("bframes", [0, 2])
def test_an_encoders_own_edit_list_is_no_trim(tmp_path: Path, suffix: str, bframes: int) -> None:
    """The delay of reordered pictures and the priming of sound are in an edit list, too: such files are copied."""
    path = tmp_path / f"whole.{suffix}"
    numbered_clip(path, seconds=4, gop=1.0, bframes=bframes)
    assert not is_trimmed(Recording(path))
    assert next(segments(Recording(path))).data[4:8] == b"ftyp"


def numbers(data: bytes) -> list[int | None]:
    """What the pictures say."""
    with av.open(io.BytesIO(data)) as container:
        return [number for frame in container.decode(video=0) for number in read_numbers([luma(frame)])]
