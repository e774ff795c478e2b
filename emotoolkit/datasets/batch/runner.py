"""replay_dataset: send every recording of a dataset once, across crashes, interrupts and repeated calls.

The calling thread locks the folder, submits the tasks and collects their receipts; an executor's threads, or a cluster,
run the tasks. Finished futures arrive in a queue, which the calling thread reads every `POLL_INTERVAL_S` at least, so
that an interrupt or a lost lock ends the run within that time.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections import Counter, defaultdict
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import pyarrow as pa

from emotoolkit.datasets.batch import provenance
from emotoolkit.datasets.batch.cache_key import describe_request
from emotoolkit.datasets.batch.executors import ThreadExecutor
from emotoolkit.datasets.batch.lock import lock_folder
from emotoolkit.datasets.batch.receipt import DONE, DONE_WITH_NOTICES, FAILED, read_receipts
from emotoolkit.datasets.batch.recovery import recover, remove_stale, unify_columns
from emotoolkit.datasets.batch.run import MANIFEST_FILE, ROW_COLUMN, Run
from emotoolkit.datasets.batch.storage import Storage
from emotoolkit.datasets.batch.task import RunOptions, Task
from emotoolkit.datasets.manifest import normalize_dataset, relative_names
from emotoolkit.datasets.plan import read_outlooks
from emotoolkit.datasets.rows import parse_rows
from emotoolkit.errors import (
    DiskFull,
    NoticeWarning,
    NotWritable,
    RunError,
    RunInterrupted,
    RunLocked,
    StillPictureWarning,
)
from emotoolkit.media.remote import is_remote
from emotoolkit.replays.assignments import check_api
from emotoolkit.replays.checks import check_count, check_speed
from emotoolkit.tables.parquet import TABLES
from emotoolkit.utils.checksum import sha256
from emotoolkit.utils.process_log import name_of
from emotoolkit.utils.progress import Progress
from emotoolkit.utils.progress_display import show_progress
from emotoolkit.utils.warning_filters import suppress_warnings

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future
    from typing import Any

    import pandas as pd
    from distributed import Client

    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.datasets.batch.executors import Executor
    from emotoolkit.datasets.batch.receipt import Receipt
    from emotoolkit.datasets.plan import Outlook
    from emotoolkit.datasets.rows import MediaRange, Row

__all__ = ["replay_dataset"]

logger = logging.getLogger(__name__)

POLL_INTERVAL_S = 0.2
"""Seconds between two updates of the progress."""


def replay_dataset(
    dataset: pd.DataFrame | str | os.PathLike[str],
    api: Api,
    *,
    folder: str | os.PathLike[str],
    sessions: int = 4,
    speed: float = 1.0,
    retry: int = 3,
    progress: bool = True,
    cluster: Client | None = None,
) -> Run:
    """Replay every recording of a dataset through an API; what is in the folder already is not sent again.

    A bad recording never ends the run: it becomes a row in `failures`, and is tried again by the next call. The same
    call after a crash, an interrupt or a power cut continues where that one ended: at most the recordings that were
    being sent are sent again. The folder shows the dataset and the settings of the last call; answers to earlier calls
    stay in its journals, and repeating such a call sends nothing.

    Parameters
    ----------
    dataset : pandas.DataFrame, str or path
        As `read_dataset` or `join_clips` return it: `file`, perhaps `start` and `end`, labels. Or a path that
        `read_dataset` reads.
    api : EmotionLogic, Interhuman, or an API that another package brings
        Through what.
    folder : str or path
        Where everything is written, on this machine or anywhere that fsspec reaches; made if need be.
    sessions : int
        Sessions open at once, at most.
    speed : float
        Media seconds per second, from 0.25; `math.inf` as fast as the server takes it.
    retry : int
        Number of attempts for a recording at most, after errors of server or network that may pass. The wait between
        two attempts doubles. Each attempt is a new session. Where the process that sends has died, or the local server
        that is started without `url`, it is started again, and that attempt does not count; at the third such death the
        recording has failed (`FatalRecording`).
    progress : bool
        Whether a bar counts the seconds of media that are answered, with the time left. In a file or a pipe it is a
        line every 30 s, and without a standard error nothing.
    cluster : distributed.Client or None
        A Dask cluster to run on; see `dask_executor`. Name the API's server by `url=` if its machines are several.

    Returns
    -------
    Run
        Tables over the whole dataset.

    Raises
    ------
    DatasetError, SettingsError, ConsentMissing
        The table, a number or the API's settings are not legal. Nothing was sent.
    RunLocked, NotWritable, DiskFull
        Another run holds the folder, or it cannot be written to. Nothing is lost. In remote storage a run renews
        `run.lock` every minute, and a killed run holds the folder for ten minutes more. On a disk the folder is free at
        once; tasks that a killed run's cluster is still working on end within seconds, and are waited for.
    ClusterLost
        The cluster is gone. What is done is in the folder.
    RunInterrupted
        The cell was interrupted. The sessions are closed; what is done is in the folder.

    Notes
    -----
    What has the same key is not sent again: the SHA-256 of the media, start and end, the protocol, the server, every
    setting that can change the answer, and the version of the stored form. A renamed file has the same key.

    Examples
    --------
    >>> import emotoolkit as emo, math, tempfile
    >>> corpus = emo.read_dataset("datasets/sample")
    >>> settings = {"folder": tempfile.mkdtemp(), "speed": math.inf, "progress": False}
    >>> run = replay_dataset(corpus, emo.EmotionLogic(), **settings)
    >>> run.summary[["status", "kind"]]  # doctest: +NORMALIZE_WHITESPACE
                                           status       kind
    file
    datasets/sample/talk.wav                 done  monologue
    datasets/sample/call.wav   done, with notices       call
    datasets/sample/interview.mp4            done  interview
    >>> replay_dataset(corpus, emo.EmotionLogic(), **settings).provenance["sent_now"]
    0
    """
    check_speed(speed)
    check_count("sessions", sessions)
    check_count("retry", retry)
    check_api(api)
    table = normalize_dataset(dataset)
    storage = Storage(folder)
    storage.check()
    # Each recording's warnings are in its receipt; ten thousand warnings would hide everything else.
    with lock_folder(storage) as hold, suppress_warnings(StillPictureWarning, NoticeWarning):
        request_hash = hashlib.sha256(json.dumps(describe_request(api), sort_keys=True).encode()).hexdigest()
        options = RunOptions(api, api.located(), request_hash, speed, retry, storage, hold.token)
        rows = parse_rows(table)
        _prepare_folder(table, rows, options)
        running = _ActiveRun(rows, options, sessions, hold.check, hidden=not progress)
        with closing(_make_executor(cluster, sessions)) as executor:
            running.run(executor)
    return Run(folder)


class _ActiveRun:
    """A run in progress: its tasks, its counts, and its end."""

    def __init__(
        self, rows: Sequence[Row], options: RunOptions, sessions: int, check_ours: Callable[[], None], *, hidden: bool
    ) -> None:
        self._rows = rows
        self._options = options
        self._sessions = sessions
        self._check_ours = check_ours
        self._hidden = hidden
        self._began = datetime.now(UTC)
        self._outlooks = read_outlooks(rows, options.located, options.speed)
        self._counts: Counter[str] = Counter()
        self._sent = 0

    def run(self, executor: Executor) -> None:
        """Run all tasks, and write the provenance, however that ends."""
        state = "ended early"
        name = name_of(self._options.storage.name)
        logger.info("run in %s: %d recordings, %d sessions at once", name, len(self._rows), self._sessions)
        try:
            self._run_tasks(executor)
            state = "complete"
        except KeyboardInterrupt:
            state = "interrupted"
            executor.stop()
            facts = {"done": self._counts[DONE], "recordings": len(self._rows), "folder": self._options.storage.name}
            raise RunInterrupted(**facts) from None
        except RunError as problem:
            state = type(problem).__name__
            executor.stop()
            raise
        except BaseException:
            executor.stop()  # `close` alone would wait for all tasks that have been submitted
            raise
        finally:
            logger.info("run in %s: %s", name, state)
            self._write_provenance(state)

    def _run_tasks(self, executor: Executor) -> None:
        tasks = _group_into_tasks(self._rows, self._outlooks, self._options)
        total = sum(self._outlooks[task.rows[0].medium].length for task in tasks)
        self._record_refused()
        finished: SimpleQueue[Future[list[Receipt]]] = SimpleQueue()
        pending = {executor.submit(task): task for task in tasks}
        for future in pending:
            future.add_done_callback(finished.put)
        progress = Progress(total)
        with show_progress(self._options.storage.name, total, hidden=self._hidden) as display:
            done = 0.0
            while pending:
                self._check_ours()
                for future in _finished_futures(finished):
                    task = pending.pop(future)
                    new_receipts = executor.receipts(task, future)
                    length = self._outlooks[task.rows[0].medium].length
                    done += length
                    progress.skip(0.0 if any(receipt.sent for receipt in new_receipts) else length)
                    self._count(new_receipts)
                if not self._hidden:
                    running = executor.media_seconds
                    progress.update(done + running.sent, done + running.answered)
                    text = "; ".join(filter(None, [self._progress_text(progress), executor.waiting]))
                    display.show(progress, text)
            self._check_ours()
            for name in TABLES:
                unify_columns(self._options.storage, name)
            progress.finish()
            display.show(progress, self._progress_text(progress))

    def _record_refused(self) -> None:
        """Write the receipts of rows that the plan refused."""
        for row in self._rows:
            outlook = self._outlooks[row.medium]
            if outlook.problem is not None:
                facts = {"codec": outlook.codec, "duration": outlook.length}
                self._count(Task((row,), self._options).refuse(outlook.problem, facts))

    def _count(self, new_receipts: Sequence[Receipt]) -> None:
        self._counts.update(receipt.status for receipt in new_receipts)
        self._counts[DONE_WITH_NOTICES] += sum(receipt.shown_status == DONE_WITH_NOTICES for receipt in new_receipts)
        self._sent += any(receipt.sent for receipt in new_receipts)

    def _progress_text(self, progress: Progress) -> str:
        sent = "" if progress.finished else f" ({progress.sent:.0f} s sent)"
        failed = f", {self._counts[FAILED]} failed" if self._counts[FAILED] else ""
        noticed = f", {self._counts[DONE_WITH_NOTICES]} with notices" if self._counts[DONE_WITH_NOTICES] else ""
        seconds = f"{progress.answered:.0f} of {progress.total:.0f} s of media{sent}"
        return f"{seconds}, {self._counts[DONE]} of {len(self._rows)} done{noticed}{failed}"

    def _write_provenance(self, state: str) -> None:
        if state == RunLocked.__name__:
            return  # another run holds the folder by now
        try:
            known = read_receipts(self._options.storage)
            own = [known[row.id] for row in self._rows if row.id in known]
            facts = provenance.describe_run(self._options, own, sessions=self._sessions, began=self._began, state=state)
            provenance.write(self._options, {**facts, "sent_now": self._sent})
        except (DiskFull, NotWritable, OSError):
            if state == "complete":
                raise  # else this is only a consequence of the error that ended the run


def _finished_futures(finished: SimpleQueue[Future[list[Receipt]]]) -> Iterator[Future[list[Receipt]]]:
    """Yield finished futures, for `POLL_INTERVAL_S` at most. `futures.wait` would check all ten thousand each time."""
    with suppress(Empty):
        yield finished.get(timeout=POLL_INTERVAL_S)
        while True:
            yield finished.get_nowait()


def _prepare_folder(table: pd.DataFrame, rows: Sequence[Row], options: RunOptions) -> None:
    """Recover and tidy the folder, and write the manifest."""
    recover(options.storage)
    remove_stale(options.storage, {row.id for row in rows}, options.request_hash)
    manifest = table.assign(file=relative_names(table), **{ROW_COLUMN: [row.id for row in rows]})
    if "joined" in manifest:
        manifest["joined"] = [None if file is None or file != file else Path(file).name for file in manifest["joined"]]  # noqa: PLR0124 - NaN
    for name in manifest:
        manifest[name] = _storable_labels(manifest[name])
    manifest.attrs = {}
    buffer = io.BytesIO()
    manifest.to_parquet(buffer, index=False)
    options.storage.write(MANIFEST_FILE, buffer.getvalue())


def _storable_labels(labels: pd.Series[Any]) -> pd.Series[Any]:
    """Convert labels of mixed types, such as numbers and words, to text, since a Parquet column has one type."""
    try:
        pa.array(labels, from_pandas=True)
    except pa.ArrowException:
        return labels.astype("str").where(labels.notna())
    return labels


def _group_into_tasks(rows: Sequence[Row], outlooks: dict[MediaRange, Outlook], options: RunOptions) -> list[Task]:
    """Group rows that one answer serves, those of the same medium or of media with the same content, into tasks."""
    groups: dict[object, list[Row]] = defaultdict(list)
    content = _content_ids({row.medium for row in rows if outlooks[row.medium].problem is None})
    for row in rows:
        if row.medium in content:
            groups[content[row.medium], row.medium.start, row.medium.end].append(row)
    return [Task(tuple(group), options) for group in groups.values()]


def _content_ids(media: set[MediaRange]) -> dict[MediaRange, object]:
    """Identify media by content: by their hash, which is computed only where sizes are equal, else by their path."""
    sizes: dict[str, int] = {
        path: Path(path).stat().st_size for path in {medium.path for medium in media} if not is_remote(path)
    }
    counts = Counter(sizes.values())
    hashes = {path: sha256(Path(path)) for path, size in sizes.items() if counts[size] > 1}
    return {medium: hashes.get(medium.path, medium.path) for medium in media}


def _make_executor(cluster: Client | None, sessions: int) -> Executor:
    if cluster is None:
        return ThreadExecutor(sessions)
    from emotoolkit.datasets.batch.dask_executor import DaskExecutor

    return DaskExecutor(cluster, sessions)
