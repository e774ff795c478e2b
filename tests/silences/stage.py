"""The doors through which a recording goes, and what comes out: notices, errors, rows. Nothing here is a test."""

from __future__ import annotations

import contextlib
import math
import os
import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import soundfile
from typer.testing import CliRunner

import emotoolkit as emo
from emotoolkit.cli import app
from emotoolkit.errors import EmotoolkitError, NoticeWarning
from emotoolkit.replays import worker_client
from tests.conftest import SAMPLE
from tests.support import disks, scripted_emotion_logic, scripted_interhuman
from tests.support.media_files import film

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

TABLES = ("segments", "signals", "engagement", "quality", "coverage")
LIMIT_S = 25.0
"""Seconds after which whatever is asked for here has to be over."""


@dataclass
class Outcome:
    """What came of it.

    Attributes
    ----------
    said : list of (str, str)
        Names of the notices and errors, and their sentences.
    rows : int
        Rows in the tables of results.
    """

    said: list[tuple[str, str]] = field(default_factory=list)
    rows: int = 0

    @property
    def kinds(self) -> list[str]:
        """The names, each once."""
        return [*dict.fromkeys(kind for kind, _ in self.said)]


class Stage:
    """What the rows are provoked with: recordings, servers, disks. Everything ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._number = 0

    def close(self) -> None:
        """End all servers."""
        self._stack.close()

    def fresh(self, suffix: str = "") -> Path:
        """Name a file or folder that is not there yet."""
        self._number += 1
        return self.folder / f"{self._number}{suffix}"

    # Recordings

    def speech(self, seconds: float = 1.5, gain: float = 1.0, channels: int = 1) -> Path:
        """Cut a clip out of the sample's talk; the second channel is another stretch of it."""
        samples, rate = soundfile.read(SAMPLE / "talk.wav")
        count = round(seconds * rate)
        cuts = [samples[n * count : (n + 1) * count] * gain for n in range(1, channels + 1)]
        path = self.fresh(".wav")
        soundfile.write(path, np.stack(cuts, axis=1), rate, subtype="PCM_16")
        return path

    def film(self, seconds: float = 6.0, suffix: str = ".mp4") -> Path:
        """Make a film of a tone."""
        return film(self.fresh(suffix), "libx264", "aac" if suffix == ".mp4" else "pcm_s16le", seconds=seconds)

    def recording(self, api: Any) -> Path:
        """What is sent through an API, unless something else is said."""
        return self.speech() if isinstance(api, emo.EmotionLogic) else self.film()

    # Servers

    def voice(self, server: Any, **settings: Any) -> emo.EmotionLogic:
        """Serve a scripted Emotion Logic."""
        url = self._stack.enter_context(scripted_emotion_logic.serving(server))
        return emo.EmotionLogic(url=url, **{"background_noise": 0, "timeout": 1.0, "warm_up": 1.0, **settings})

    def social(self, script: Callable[..., None], **settings: Any) -> emo.Interhuman:
        """Serve a scripted Interhuman."""
        url = self._stack.enter_context(scripted_interhuman.serving(script))
        return emo.Interhuman(url=url, **{"timeout": 0.5, "warm_up": 1.0, **settings})

    def enter(self, context: Any) -> Any:
        """Keep something open until the end."""
        return self._stack.enter_context(context)

    # Disks

    def full_disk(self) -> Path:
        """Mount a disk of a megabyte, and fill it."""
        place = self.enter(disks.mounted(self.fresh()))
        (place / "in").mkdir()
        disks.fill(place)
        return place / "in"

    def bounded(self, size: int) -> AbstractContextManager[None]:
        """Let the process that sends write no file beyond some bytes, as a disk that takes no more."""
        return disks.bounded(worker_client.shared().pid, size)

    # Doors

    def replay(self, api: Any, file: Any = None, **options: Any) -> Outcome:
        """Replay one recording."""
        options = {"speed": math.inf, "journal": self.fresh(), **options}
        file = self.recording(api) if file is None else file

        def play() -> Any:
            (replay,) = emo.Player(file, api, **options).start().wait(LIMIT_S)
            return replay

        return heard(play)

    def upload(self, api: Any, file: Any = None, **options: Any) -> Outcome:
        """Have one recording analysed as a file."""
        file = self.recording(api) if file is None else file
        return heard(lambda: emo.upload(file, api, **options))

    def live(self, api: Any, *, size: int | None = None) -> Outcome:
        """Record a second of talk as if it were spoken now."""
        source = emo.microphone(self.fresh(".webm"), via="desktop", device=self.speech(1.2))

        def play() -> Any:
            (replay,) = emo.Player(source, api, until=1.0, journal=self.fresh()).start().wait(LIMIT_S)
            return replay

        with self.bounded(size) if size is not None else contextlib.nullcontext():
            return heard(play)

    def batch(self, api: Any, *files: Any, folder: Any = None, **options: Any) -> Outcome:
        """Replay a dataset, twice: the second call has the same to say, and sends nothing that was answered."""
        corpus = pd.DataFrame({"file": [str(each) for each in files or (self.recording(api),)]})
        options = {"folder": folder or self.fresh(), "speed": math.inf, "progress": False, "retry": 2, **options}
        try:
            run = emo.replay_dataset(corpus, api, **options)
        except EmotoolkitError as problem:
            return Outcome([(type(problem).__name__, str(problem))])
        said = [*run.failures[["error", "sentence"]].itertuples(index=False, name=None)]
        said += run.notices[["notice", "sentence"]].itertuples(index=False, name=None)
        doubtful = run.summary["status"].isin(["failed", "done, with notices"]).any()
        assert doubtful == bool(said), run.summary["status"].tolist()
        return Outcome(said, int(run.summary[list(TABLES)].to_numpy().sum()))

    def shell(self, *words: Any, **environment: str) -> Outcome:
        """Call the command; what it prints on standard error is what is said."""
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            done = CliRunner().invoke(app, [*map(str, words)], env=environment)
        finally:
            os.chdir(before)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        lines = [line for line in done.stderr.splitlines() if ": " in line and "%|" not in line]
        said = [_kind_and_sentence(line) for line in lines]
        return Outcome([each for each in said if each[0]], done.stdout.count(" rows)"))


def _kind_and_sentence(line: str) -> tuple[str, str]:
    """Take the name of an error or notice out of a printed line; a note has none, and is found by its sentence."""
    for word in line.split(": "):
        if hasattr(emo.errors, word):
            return word, line
    return ("Note" if line.startswith("Note: ") else ""), line


def heard(call: Callable[[], Any]) -> Outcome:
    """Make a call, and keep what it says."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            replay, problem = call(), None
        except EmotoolkitError as caught:
            replay, problem = caught.replay, caught
    said = [(type(each.message).__name__, str(each.message)) for each in given if _is_ours(each.message)]
    if problem is not None:
        said.append((type(problem).__name__, str(problem)))
    rows = 0 if replay is None else sum(len(getattr(replay, name)) for name in TABLES)
    return Outcome(said, rows)


def _is_ours(message: Any) -> bool:
    return isinstance(message, NoticeWarning)
