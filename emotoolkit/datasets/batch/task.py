"""Task of a run: send a medium, unless its answer is there already, and write each row's part of the answer.

A task runs on a thread of this process or of another machine. An error of a recording or a server is not raised, but
becomes a failure in the rows' receipts. Only what ends the whole run is raised.

A run is ended from another thread by `ActivePlayers.abandon`, which sets a flag and abandons all players under a lock.
A task that starts a player after that finds the flag set under the same lock (`ActivePlayers.tracking`), and abandons
it at once; so no player escapes between the two.
"""

from __future__ import annotations

import dataclasses
import logging
import math
import shutil
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tenacity import Retrying, retry_if_exception, wait_exponential, wait_random

from emotoolkit.apis.base import journal, local_server
from emotoolkit.apis.registry import APIS
from emotoolkit.datasets.batch import receipt, retries
from emotoolkit.datasets.batch.cache_key import compute_key
from emotoolkit.datasets.batch.deaths import DeathCounter
from emotoolkit.datasets.batch.lock import check_holder
from emotoolkit.datasets.batch.receipt import DONE, FAILED, Receipt
from emotoolkit.datasets.error_text import sentence
from emotoolkit.datasets.joining import cut_to_clip, without_overall
from emotoolkit.datasets.plan import open_clip
from emotoolkit.errors import DiskFull, NotWritable, ReplayError, ReplayInterrupted, RunError
from emotoolkit.media.remote import local_copy
from emotoolkit.replays import truncation
from emotoolkit.replays.notices import note
from emotoolkit.replays.player import Player
from emotoolkit.replays.result import Replay
from emotoolkit.tables.parquet import TABLES, to_arrow, to_parquet
from emotoolkit.utils.checksum import sha256
from emotoolkit.utils.folders import temporary_folder
from emotoolkit.utils.json_values import finite_or_none
from emotoolkit.utils.process_log import name_of
from emotoolkit.utils.progress import MediaSeconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    import pandas as pd
    from tenacity import RetryCallState

    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.datasets.batch.session_limit import Quota
    from emotoolkit.datasets.batch.storage import Storage
    from emotoolkit.datasets.rows import Row
    from emotoolkit.media.clip import Clip

__all__ = ["ActivePlayers", "RunOptions", "Task"]

logger = logging.getLogger(__name__)

FIRST_WAIT_S, MAX_WAIT_S = 0.5, 30.0
"""Seconds between two attempts: the first wait, which doubles, and the longest; with random jitter."""

CLOSE_TIMEOUT_S = 2.0
"""Seconds that sessions get to close when the run is over."""


@dataclass(frozen=True)
class RunOptions:
    """Options that all tasks of a run share.

    Attributes
    ----------
    api : Api
        As its user made it.
    located : Api
        The same with the server's address.
    request_hash : str
        Hash of the request; see `cache_key.describe_request`.
    speed : float
        Media seconds per second.
    attempts : int
        Largest number of attempts for a recording.
    storage : Storage
        The run's folder.
    run_token : str
        Token of the run, which holds the folder; "" if the folder is not locked.
    """

    api: Api
    located: Api
    request_hash: str
    speed: float
    attempts: int
    storage: Storage
    run_token: str = ""

    def check_lock(self) -> None:
        """Raise `RunLocked` if another run holds the folder by now."""
        if self.run_token:
            check_holder(self.storage, self.run_token)


class ActivePlayers:
    """The running players of this process, to sum up their progress and to abandon them all."""

    def __init__(self) -> None:
        self._players: set[Player] = set()
        self._lock = threading.Lock()
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether all players have been abandoned, and none may start any more."""
        return self._cancelled.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait, at most until `abandon`."""
        self._cancelled.wait(seconds)

    @contextmanager
    def tracking(self, player: Player) -> Iterator[None]:
        """Count a started player as running until the block ends."""
        with self._lock:
            self._players.add(player)
            if self.cancelled:
                player.abandon()
        try:
            yield
        finally:
            with self._lock:
                self._players.discard(player)

    @property
    def media_seconds(self) -> MediaSeconds:
        """Seconds of media of the running players that have been sent and answered."""
        with self._lock:
            players = list(self._players)
        counts = [player.media_seconds for player in players]
        return MediaSeconds(sum(each.sent for each in counts), sum(each.answered for each in counts))

    @property
    def waiting(self) -> str:
        """What running players have been waiting for, if any long; of several, how many beside the first."""
        with self._lock:
            players = list(self._players)
        waits = [text for player in players if (text := player.waiting)]
        more = f" (and {len(waits) - 1} more)" if waits[1:] else ""
        return f"{waits[0]}{more}" if waits else ""

    def abandon(self) -> None:
        """Abandon all players, and those that will be started."""
        with self._lock:
            self._cancelled.set()
            for player in self._players:
                player.abandon()


@dataclass
class _Progress:
    """Progress of a task, for the receipt of its failure."""

    step: str = "open"
    attempts: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """Rows that share one medium, or media of the same content, and what is to be done for them."""

    rows: tuple[Row, ...]
    options: RunOptions

    def run(self, quota: Quota, active_players: ActivePlayers) -> list[Receipt]:
        """Run the task.

        Raises
        ------
        RunError
            Nothing more can be written, or another run holds the folder by now: the run is over.
        ReplayInterrupted
            The run was interrupted.
        """
        progress = _Progress()
        try:
            return self._run(quota, active_players, progress)
        except (RunError, ReplayInterrupted):
            raise
        except Exception as problem:
            if active_players.cancelled:  # an error of an abandoned player is no failure of the recording
                raise ReplayInterrupted(sent=0.0) from problem
            return [self._store_failure(row, progress, problem) for row in self.rows]

    def _run(self, quota: Quota, active_players: ActivePlayers, progress: _Progress) -> list[Receipt]:
        first = self.rows[0]
        with local_copy(first.medium.path) as path:
            clip = open_clip(first.medium, path, first.name)
            progress.facts = {"codec": ", ".join(track.codec for track in clip.tracks), "duration": clip.length}
            progress.step = "hash"
            media = sha256(path)
            name = compute_key(media, first.medium.start, first.medium.end, self.options.api)
            progress.facts |= {"media": media, "key": name}
            known = [receipt for row in self.rows if (receipt := self._finished_receipt(row, name)) is not None]
            if len(known) == len(self.rows):
                return [dataclasses.replace(each, sent=0.0) for each in known]
            progress.step = "send"
            answer = self._stored_answer(name)
            if answer is None:
                answer = self._send_with_retries(clip, name, quota, active_players, progress)
            elif not answer.kept_notices:  # none were found, or an earlier version looked for none
                until = math.inf if clip.until is None else clip.until
                answer = note(clip, self.options.located.sessions(clip), answer, until)
            progress.step = "read"
            facts = progress.facts | {"sent": clip.length if progress.attempts else 0.0, "attempts": progress.attempts}
            facts |= _answer_facts(answer, clip, self.options.located)
        return [self._store(row, answer, clip, facts) for row in self.rows]

    def _finished_receipt(self, row: Row, name: str) -> Receipt | None:
        """Return the receipt of a row that is done already, if all of its tables exist."""
        storage = self.options.storage
        if not storage.exists(f"{receipt.FOLDER}/{row.id}.json"):
            return None
        known = Receipt.read(storage, row.id)
        whole = all(storage.exists(f"{table}/{row.id}.parquet") for table, rows in known.rows.items() if rows)
        return known if known.key == name and known.status == DONE and whole else None

    def _stored_answer(self, name: str) -> Replay | None:
        """Return the stored answer, if there is a complete one."""
        storage = self.options.storage
        if not storage.exists(f"journals/{name}.jsonl"):
            return None
        if storage.on_disk:
            answer = Replay.read(storage.local(f"journals/{name}.jsonl"))
        else:
            with tempfile.TemporaryDirectory(prefix="emotoolkit-") as folder:
                copy = Path(folder) / f"{name}.jsonl"
                copy.write_bytes(storage.read(f"journals/{name}.jsonl"))
                answer = Replay.read(copy)
        return answer if answer.complete else None

    def _send_with_retries(
        self, clip: Clip, name: str, quota: Quota, active_players: ActivePlayers, progress: _Progress
    ) -> Replay:
        deaths = DeathCounter()
        tries = Retrying(
            retry=retry_if_exception(retries.may_retry),
            stop=lambda state: state.attempt_number - deaths.count >= self.options.attempts,
            wait=wait_exponential(multiplier=FIRST_WAIT_S, max=MAX_WAIT_S) + wait_random(0, FIRST_WAIT_S),
            before_sleep=partial(_log_retry, clip.file, self.options.attempts),
            sleep=active_players.sleep,  # ends at once when the run is interrupted
            reraise=True,
        )
        sessions = len(self.options.located.sessions(clip))
        for attempt in tries:
            with attempt, deaths.attempt(lambda: active_players.cancelled):
                api = self._locate(again=progress.attempts > 0)
                try:
                    return self._replay_once(clip, api, name, quota.hold(sessions), active_players, progress)
                except ReplayError as problem:
                    deaths.note(problem)
                    raise
        raise AssertionError  # the last attempt raises what went wrong

    def _locate(self, *, again: bool) -> Api:
        """Give the API with its server's address: a local server that has ended is started again."""
        options = self.options
        # Another machine of a cluster does not know the server of ours: it starts its own once that is of no use.
        return options.api.located() if again or local_server.was_shared(options.located.address) else options.located

    def _replay_once(
        self,
        clip: Clip,
        api: Api,
        name: str,
        slots: AbstractContextManager[None],
        active_players: ActivePlayers,
        progress: _Progress,
    ) -> Replay:
        """Send the clip in a new session. The journal is stored as an answer only if it is complete.

        Slots are held for the session alone, not while the player is prepared or the journal is moved.
        """
        storage, token = self.options.storage, uuid4().hex[:8]
        with _journal_folder(storage, f"journals/unfinished/{name}-{token}") as folder:
            player = Player(clip, api, speed=self.options.speed, until=clip.until, journal=folder)
            (replay,) = player.replays
            try:
                with slots:
                    progress.attempts += 1
                    if active_players.cancelled:
                        raise ReplayInterrupted(sent=0.0)
                    storage.check_free_space()
                    player.start(at=clip.begin)
                    with active_players.tracking(player):
                        (replay,) = _wait_for(player, active_players)
            except (DiskFull, NotWritable) as problem:
                raise _as_run_error(problem, storage) from problem
            finally:
                if not replay.complete:
                    _keep_partial(storage, replay.journal, f"{name}-{token}")
            if not replay.complete:
                raise ReplayInterrupted(sent=player.sent)
            try:
                (replay,) = player.noted()
            except (DiskFull, NotWritable) as problem:
                raise _as_run_error(problem, storage) from problem
            finally:
                storage.move_in(replay.journal, f"journals/{name}.jsonl")
            return replay

    def _store(self, row: Row, answer: Replay, clip: Clip, facts: dict[str, Any]) -> Receipt:
        """Write a row's tables, then its receipt."""
        self.options.check_lock()
        rows = {}
        for name in APIS[answer.api].tables:
            table = _cut_to_row(answer, getattr(answer, name), row, clip)
            rows[name] = len(table)
            self._write_table(f"{name}/{row.id}.parquet", table)
        length = facts["duration"] if row.joined_span is None else row.joined_span[1] - row.joined_span[0]
        logger.debug("%s: done", name_of(row.name))
        new_receipt = Receipt(**self._row_facts(row), **facts | {"duration": length}, status=DONE, rows=rows)
        new_receipt.write(self.options.storage)
        return new_receipt

    def _write_table(self, path: str, table: pd.DataFrame) -> None:
        if len(table):
            self.options.storage.write(path, to_parquet(to_arrow(table)))
        else:
            self.options.storage.remove(path)

    def refuse(self, problem: Exception, facts: dict[str, Any]) -> list[Receipt]:
        """Write receipts of a failure that the plan, or a cluster that lost its workers, has found."""
        return [self._store_failure(row, _Progress(facts=facts), problem) for row in self.rows]

    def _store_failure(self, row: Row, progress: _Progress, problem: Exception) -> Receipt:
        self.options.check_lock()
        logger.info("%s: failed (%s) at the step %r", name_of(row.name), type(problem).__name__, progress.step)
        for name in TABLES:
            self.options.storage.remove(f"{name}/{row.id}.parquet")
        new_receipt = Receipt(
            **self._row_facts(row),
            **progress.facts,
            status=FAILED,
            attempts=progress.attempts,
            step=progress.step,
            error=type(problem).__name__,
            sentence=sentence(problem, row),
        )
        new_receipt.write(self.options.storage)
        return new_receipt

    def _row_facts(self, row: Row) -> dict[str, Any]:
        when = datetime.now(UTC).isoformat(timespec="seconds")
        own = {"id": row.id, "file": row.name, "start": row.start, "end": row.end}
        return {**own, "asked": self.options.request_hash, "utc": when, "run": self.options.run_token}


def _wait_for(player: Player, active_players: ActivePlayers) -> tuple[Replay, ...]:
    """Wait for a player's end; once the run is over, for `CLOSE_TIMEOUT_S` at most."""
    while not active_players.cancelled:
        with suppress(TimeoutError):
            return player.answers(CLOSE_TIMEOUT_S)
    player.abandon()  # a cluster's watcher may notice later, when this player is no longer tracked
    try:
        return player.answers(CLOSE_TIMEOUT_S)
    except TimeoutError:
        raise ReplayInterrupted(sent=player.sent) from None


def _as_run_error(problem: DiskFull | NotWritable, storage: Storage) -> DiskFull | NotWritable:
    """Make a recording's disk error one of the run, with the run's folder in it.

    If that folder is remote, the error is about this machine's disk, where the journal was written, and stays.
    """
    return type(problem)(**problem.facts | ({"folder": storage.name} if storage.on_disk else {}))


def _answer_facts(answer: Replay, clip: Clip, api: Api) -> dict[str, Any]:
    summary = {str(name): finite_or_none(float(value)) for name, value in answer.summary().items()}
    sessions = api.sessions(clip)
    sent = truncation.sent_until(answer.records, len(answer.began.sessions))
    return {
        "source": answer.source,
        "summary": summary,
        "notices": {type(each).__name__: str(each.about(clip.file)) for each in answer.notices()},
        "truncated": truncation.missing_seconds(clip, sessions, sent) > 0,
    }


def _cut_to_row(answer: Replay, table: pd.DataFrame, row: Row, clip: Clip) -> pd.DataFrame:
    if row.joined_span is not None:
        return cut_to_clip(without_overall(table), row.name, *row.joined_span, row.start or 0.0)
    if row.start is not None or row.end is not None:
        return cut_to_clip(table, row.name, clip.begin, clip.duration, clip.begin)
    if answer.file == row.name:
        return table
    return table.rename(index={answer.file: row.name}, level="file")


def _log_retry(file: str, attempts: int, state: RetryCallState) -> None:
    problem = None if state.outcome is None else state.outcome.exception()
    logger.info(
        "%s: attempt %d of %d failed (%s); the next one is in %.1f s",
        *(name_of(file), state.attempt_number, attempts, type(problem).__name__, state.upcoming_sleep),
    )


@contextmanager
def _journal_folder(storage: Storage, name: str) -> Iterator[Path]:
    """Provide the folder for a player's journal: in the run's folder, or a temporary one if that is remote."""
    folder = storage.local(name) if storage.on_disk else temporary_folder()
    try:
        yield folder
    finally:
        try:
            folder.rmdir()  # empty: its journal has been moved
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)


def _keep_partial(storage: Storage, partial: Path, name: str) -> None:
    """Keep the incomplete journal of a recording that failed."""
    if partial.exists() and partial.stat().st_size:
        journal.repair(partial)
        storage.move_in(partial, f"journals/failed/{name}.jsonl")
