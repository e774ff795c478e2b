"""ELAN: one EAF for each recording, its medium linked. Times are whole milliseconds.

ELAN has neither overlap on a tier nor annotations without length (see `tiers`); a point lasts one millisecond. Who
measured is the tier's annotator.
"""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from emotoolkit._version import __version__
from emotoolkit.exports import escaping, labels, tiers
from emotoolkit.exports.tiers import Tier, TierSpan
from emotoolkit.utils.file_names import atomic_replace, unique_paths
from emotoolkit.utils.paths import expand_user

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from pympi import Eaf

    from emotoolkit.exports.content import Content

RESOLUTION_US = 1000
TIMED_ONLY = True

FILE_PROPERTY = "emotoolkit:file"
"""Property of the document with the recording's name in result tables."""

MIME_TYPES = {"wav": "audio/x-wav"}
"""ELAN's MIME types by suffix, where they differ from Python's."""


def write(content: Content, folder: Path) -> Iterator[Path]:
    """Write an EAF for each recording."""
    from pympi import Eaf

    names = unique_paths(content.files)
    for file, found in content.by_file(labels.drop_untimed(content.labels)):
        path = folder / f"{names[file]}.eaf"
        document = Eaf(author=f"emotoolkit {__version__}")
        _link_medium(document, file, path)
        for tier in tiers.build_tiers(found, RESOLUTION_US):
            document.add_tier(tier.name, ann=escaping.escape(tier.source) if tier.source else None)
            for span in tier.spans:
                start = span.start // RESOLUTION_US
                document.add_annotation(
                    tier.name, start, start + 1 if tier.points else span.end // RESOLUTION_US, span.text
                )
        if found:
            document.remove_tier("default")
        with atomic_replace(path) as part:
            document.to_file(str(part))
        yield path


def read(path: Path) -> pd.DataFrame:
    """Read all tiers; an annotation that refers to another has that one's times."""
    from pympi import Eaf

    document = Eaf(str(path), suppress_version_warning=True)
    for name in sorted(document.tiers, key=lambda name: _tier_depth(document, name)):
        _interpolate_times(document.timeslots, document.tiers[name])
    file = _recording_name(document, path)
    return labels.make_table(label for tier in _read_tiers(document) for label in tiers.tier_labels(file, tier))


def _read_tiers(document: Eaf) -> Iterator[Tier]:
    for name in document.get_tier_names():
        source = escaping.unescape(document.get_parameters_for_tier(name).get("ANNOTATOR") or "")
        spans = tuple(
            TierSpan(document.timeslots[start] * RESOLUTION_US, document.timeslots[end] * RESOLUTION_US, text or "")
            for start, end, text in _annotations(document, name)
        )
        yield Tier(name, source, spans, tiers.is_points(name))


def _annotations(document: Eaf, tier: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield time slots and text of each annotation of a tier; one that refers to another has that one's slots."""
    aligned, referring, *_ = document.tiers[tier]
    for start, end, text, *_ in aligned.values():
        yield start, end, text
    for reference, text, *_ in referring.values():
        yield *_time_slots(document, reference), text


def _time_slots(document: Eaf, annotation: str) -> tuple[str, str]:
    aligned, referring, *_ = document.tiers[document.annotations[annotation]]
    if annotation not in aligned:
        return _time_slots(document, referring[annotation][0])
    start, end, *_ = aligned[annotation]
    return start, end


def _tier_depth(document: Eaf, tier: str) -> int:
    """Return the number of tiers above this one."""
    parent = document.tiers[tier][2].get("PARENT_REF")
    return 0 if parent is None else 1 + _tier_depth(document, parent)


def _interpolate_times(slots: dict[str, Any], tier: Any) -> None:
    """Set the times of slots that have none, as ELAN shows them: evenly between those that have one."""
    after = {start: end for start, end, *_ in tier[0].values()}
    for start in [each for each in after if slots[each] is not None]:
        chain = [start, after.pop(start)]
        while slots[chain[-1]] is None:
            chain.append(after.pop(chain[-1]))
        first, last = slots[start], slots[chain[-1]]
        for number, slot in enumerate(chain):
            slots[slot] = first + (last - first) * number // (len(chain) - 1)


def _link_medium(document: Eaf, file: str, path: Path) -> None:
    medium = expand_user(file).absolute()
    kind = (
        MIME_TYPES.get(medium.suffix[1:].lower()) or mimetypes.guess_type(medium.name)[0] or "application/octet-stream"
    )
    if _is_file(medium):
        url, relative = medium.as_uri(), quote(Path(os.path.relpath(medium, path.absolute().parent)).as_posix())
    else:
        url = relative = quote(medium.name)  # ELAN looks beside the EAF, then asks its user
    document.add_linked_file(url, relpath=relative, mimetype=kind)
    document.add_property(FILE_PROPERTY, escaping.escape(file))


def _is_file(medium: Path) -> bool:
    try:
        return medium.is_file()
    except OSError:  # not a valid file name
        return False


def _recording_name(document: Eaf, path: Path) -> str:
    known = dict(document.get_properties()).get(FILE_PROPERTY)
    if known:
        return escaping.unescape(str(known))
    for medium in document.get_linked_files():
        url = medium.get("RELATIVE_MEDIA_URL") or medium.get("MEDIA_URL") or ""
        if url:
            return PurePosixPath(unquote(url)).name
    return path.stem
