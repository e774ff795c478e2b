"""The public `export`: results as files of other programs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotoolkit.errors import EmotoolkitError, LeftOutWarning
from emotoolkit.exports import labels, registry
from emotoolkit.exports.content import Content
from emotoolkit.tables import arguments
from emotoolkit.utils.folders import is_disk_full, make_folder, write_error

if TYPE_CHECKING:
    from emotoolkit.tables.results import ResultTables

__all__ = ["export"]

CASSETTES_FORMAT = "cassettes"


def export(
    results: ResultTables | Sequence[ResultTables],
    format: str,  # noqa: A002 - the word for it
    folder: str | os.PathLike[str] = ".",
    *,
    tracks: Sequence[str] | None = None,
) -> tuple[Path, ...]:
    """Write results as files of another program.

    Parameters
    ----------
    results : Replay, Run, or a sequence of them
        What is written. Replays of the same recording, such as of voice and face, go into one file.
    format : str
        ==================  =============================================  ===========  ============
        name                what is written                                times        who measured
        ==================  =============================================  ===========  ============
        ``"csv"``           a file a table, and `columns.json`             1 µs         kept
        ``"parquet"``       a file a table                                 1 µs         kept
        ``"audformat"``     a database in the folder `audformat`           1 µs         the rater
        ``"eaf"``           ELAN: a file a recording, the medium linked    1 ms         the annotator
        ``"textgrid"``      Praat: a file a recording                      1 µs         no place
        ``"bids"``          `…_events.tsv` and `.json` a recording         1 µs         a column
        ``"rttm"``          who speaks when: a file a recording            1 µs         no place
        ``"webvtt"``        captions: a file a recording                   1 ms         the voice
        ``"label-studio"``  `tasks.json` and `label_config.xml`            1 µs         model_version
        ``"cassettes"``     `cassettes.zip`: the journals, to play again   as recorded  kept
        ==================  =============================================  ===========  ============
    folder : str or path
        Where the files go; made if need be. Files of the same name are replaced, each only when a new one is complete.
    tracks : sequence of str or None
        Which tracks are written as labels, such as `["signal", "energy"]`; None writes all of them (as RTTM: who
        speaks when).

    Returns
    -------
    tuple of pathlib.Path
        The files that were written.

    Raises
    ------
    SettingsError
        There is no such format, or no such track.
    LibraryMissing
        The format is written with a library that is not installed.
    DiskFull, NotWritable
        The folder cannot be made, or a file cannot be written. Files of the same name are as they were.

    Warns
    -----
    LeftOutWarning
        Some labels have no place on a time axis, so a format of annotations cannot hold them.

    Notes
    -----
    `read_labels` reads all of it again, equal to the resolution above. Where a format cannot hold labels that overlap,
    they are on further tiers; where it cannot hold characters of a text, these are percent-encoded.

    Examples
    --------
    >>> import emotoolkit as emo, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> voice = emo.replay("datasets/sample/talk.wav", emo.EmotionLogic(), speed=float("inf"), progress=False)
    >>> [path.name for path in export(voice, "eaf", folder)]
    ['talk.eaf']
    >>> emo.read_labels(f"{folder}/talk.eaf").index.names
    FrozenList(['file', 'start', 'end'])
    """
    chosen: Sequence[ResultTables] = list(results) if isinstance(results, Sequence) else [results]
    arguments.check_results(chosen, "export")
    target = Path(folder)
    try:
        return _write(chosen, format, target, tracks)
    except EmotoolkitError:
        raise
    except OSError as problem:
        if is_disk_full(problem) or _is_inside(problem.filename, target):
            raise write_error(target, problem) from problem
        raise


def _write(
    chosen: Sequence[ResultTables], format_name: str, target: Path, tracks: Sequence[str] | None
) -> tuple[Path, ...]:
    if format_name == CASSETTES_FORMAT:
        from emotoolkit.exports.formats.cassette import pack

        return (pack(chosen, target),)
    module = registry.load_format(format_name)
    content = Content(chosen, None if tracks is None else list(tracks))
    if module.TIMED_ONLY:
        _warn_about_untimed_labels(content)
    return tuple(module.write(content, make_folder(target)))


def _is_inside(path: Any, folder: Path) -> bool:
    """Whether a path, of which an error may name none, is of the folder or in it."""
    return isinstance(path, str | os.PathLike) and Path(path).resolve().is_relative_to(folder.resolve())


def _warn_about_untimed_labels(content: Content) -> None:
    missing = len(content.labels) - len(labels.drop_untimed(content.labels))
    if missing:
        message = (
            f"{missing} of {len(content.labels)} labels have no place on a time axis and are left out; csv keeps them."
        )
        warnings.warn(message, LeftOutWarning, stacklevel=4)
