"""The cassette: an API that plays a journal instead of asking a service."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from emotoolkit.apis.base.journal import Began, Ended, Opened, Received, Sent
from emotoolkit.apis.base.playback import access, library
from emotoolkit.apis.recorded_settings import recorded_settings
from emotoolkit.apis.registry import APIS
from emotoolkit.errors import CassetteMismatch, CassetteUnplayable, EmotoolkitError, SettingsError
from emotoolkit.utils import checksum
from emotoolkit.utils.paths import expand_user
from emotoolkit.utils.redaction import secrets_in_address

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from emotoolkit.apis.base.journal import Record
    from emotoolkit.apis.base.playback.library import JournalInfo
    from emotoolkit.apis.base.protocols import Decoder, RegisteredApi, Session
    from emotoolkit.media.packet import Packet
    from emotoolkit.media.recording import Recording

__all__ = ["Cassette"]

URL_SCHEME = "cassette"
"""Scheme of the address in the journal of a replay that came from a cassette."""

PLAYABLE_ENDS = {None, "ServerGone", "ServerFault", "ServerRefused", "ServerSilent"}
"""Errors with which a session may have ended that can be played again."""

TIME_TOLERANCE_S = 1e-6

SAMPLE_PACKETS = 4
"""Packets by which the bytes per second are estimated."""


@dataclass(frozen=True, slots=True)
class _RecordedSession:
    """One session of a cassette: its settings, its number, and the stretch of the recording that was sent."""

    settings: RegisteredApi
    session: int
    start: float
    end: float


@dataclass(frozen=True)
class Cassette:
    """A recorded replay, played again: an API like the others, without account, network or service.

    A local server of the protocol sends the service's messages, byte for byte, to the usual client. It goes by media
    position: a message that came after second t had been sent is sent when the client has sent second t, whatever the
    packet length and speed. The tables come out equal, value for value.

    Parameters
    ----------
    path : str or path
        A journal (`Replay.journal`), a folder of journals, or a zip of `export(…, "cassettes")`. Where there are
        several, the recording's own is found by its SHA-256.
    journal : str or None
        Name of the journal, where the recording has several.
    api : EmotionLogic, Interhuman or None
        Settings to send with, such as another packet length; None takes the recorded ones. Also says which API is
        meant where a recording has journals of both. Its address and key are not used.
    strict : bool
        Whether a recording whose SHA-256 is not the journal's is refused.
    timing : bool
        Whether each message has the recorded delay after its media second; False sends it at once.

    Raises
    ------
    NoSuchFile, CassetteUnplayable
        There is no journal, or it cannot be played: its replay jumped to other places in the recording, was an upload,
        breaks off, or ended by an error of the client. `Replay.read` can still read such a journal.

    Examples
    --------
    >>> import emotoolkit as emo
    >>> first = emo.replay("datasets/sample/talk.wav", emo.EmotionLogic(), speed=float("inf"), progress=False)
    >>> again = emo.replay("datasets/sample/talk.wav", Cassette(first.journal), speed=float("inf"), progress=False)
    >>> again.segments.equals(first.segments)
    True
    """

    path: str | os.PathLike[str]
    journal: str | None = None
    api: RegisteredApi | None = None
    strict: bool = True
    timing: bool = False
    _recorded: _RecordedSession | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        library.list_journals(self._place)

    @property
    def name(self) -> str:
        """Name of the API that was recorded.

        Raises
        ------
        SettingsError
            There are journals of several APIs, and `api` does not choose one.
        """
        if self.api is not None:
            return self.api.name
        names = {info.api for info in self._journals()}
        if len(names) > 1:
            raise SettingsError(
                setting="api", value=None, rule=f"the cassette has {' and '.join(sorted(names))}; name one"
            )
        return names.pop()

    @property
    def title(self) -> str:
        """Name of the API in sentences."""
        return f"{APIS[self.name].__name__} cassette"

    @property
    def address(self) -> str:
        """Address of the server that plays; empty before `located()`."""
        return "" if self._recorded is None else self._recorded.settings.address

    def located(self) -> Cassette:
        """Start the server that plays, if a session has been chosen. Nothing leaves this machine."""
        if self._recorded is None:
            return self
        assert self.journal is not None
        server, token = access.grant_access(APIS[self.name].playback_server, self._place, self.journal)
        query = {"token": token, "journal": self.journal, "session": self._recorded.session, "timing": int(self.timing)}
        settings = self._recorded.settings.played_at(server.url, urlencode(query)).located()
        return dataclasses.replace(self, _recorded=dataclasses.replace(self._recorded, settings=settings))

    def sessions(self, recording: Recording) -> tuple[Cassette, ...]:
        """Give the settings of each recorded session of this recording.

        Raises
        ------
        CassetteMismatch
            The journal is of another recording.
        CassetteUnplayable
            The journal cannot be played; the sentence says why.
        """
        chosen = self._choose_journal(recording)
        records = library.read_records(self._place, chosen.name)
        began = self._check_playable(records)
        recorded = self._recorded_settings(began)
        wanted = recorded if self.api is None else self.api.sessions(recording)
        if len(wanted) != len(recorded):
            rule = f"the cassette has {len(recorded)} sessions side by side, and these settings make {len(wanted)}"
            raise SettingsError(setting="api", value=self.api, rule=rule)
        return tuple(
            dataclasses.replace(
                self, journal=chosen.name, _recorded=self._make_session(records, number, settings, address.address)
            )
            for number, (settings, address) in enumerate(zip(wanted, recorded, strict=True))
        )

    def settings(self) -> dict[str, Any]:
        """The recorded settings, for the journal, with an address that names the cassette."""
        if self._recorded is None:
            return {"url": f"{URL_SCHEME}://{self._place.name}", "strict": self.strict, "timing": self.timing}
        path = urlsplit(self._recorded.settings.address).path.rstrip("/")
        return {**self._recorded.settings.settings(), "url": f"{URL_SCHEME}://{self.journal}{path}"}

    def secrets(self) -> tuple[str, ...]:
        """Texts that must not be written down: the token of the server that plays. A journal holds none."""
        return secrets_in_address(self.address)

    def packets(self, recording: Recording, start: float = 0.0) -> Iterator[Packet]:
        """Cut the stretch of the recording that was sent.

        Raises
        ------
        CassetteUnplayable
            `start` is neither the recording's beginning nor that of the recorded replay.
        """
        session = self._recorded_session
        if start not in (0.0, session.start):
            begin = f"it begins at {session.start:g} s of the recording"
            raise self._unplayable(f"{begin} and cannot be begun, or gone on with, at {start:g} s")
        packets = session.settings.packets(recording, session.start)
        return (packet for packet in packets if packet.start < session.end - TIME_TOLERANCE_S)

    def connect(self, on_message: Callable[[str], None]) -> AbstractAsyncContextManager[Session]:
        """Open a session with the server that plays."""
        return self._recorded_session.settings.connect(on_message)

    def decoder(self) -> Decoder:
        """Make a reader for the messages of one session."""
        return self._recorded_session.settings.decoder()

    @property
    def takes_files(self) -> bool:
        """False: the answer to an upload is in its journal, and needs no playing."""
        return False

    def posts(self, recording: Recording, on_sent: Callable[[int], None]) -> AsyncIterator[str]:
        """Refuse: whole files cannot be uploaded."""
        raise NotImplementedError

    def bytes_per_second(self, recording: Recording) -> float:
        """Estimate the bytes that a session sends per second of media."""
        (first, *_) = self.sessions(recording)
        sent = [packet for packet, _ in zip(first.packets(recording), range(SAMPLE_PACKETS), strict=False)]
        return sum(len(packet.data) for packet in sent) / max(sum(packet.duration for packet in sent), TIME_TOLERANCE_S)

    @property
    def answers_after(self) -> float:
        """Seconds of media before which there is no result: 0, as the recording was long enough."""
        return 0.0

    longest = math.inf

    @property
    def recorded_until(self) -> float:
        """Media second up to which the session was recorded."""
        return math.inf if self._recorded is None else self._recorded.end

    def units(self, *, local: bool) -> dict[str, str]:
        """Give unit or range of each column of the tables."""
        return APIS[self.name].units(local=local)

    @property
    def _place(self) -> Path:
        return expand_user(self.path).absolute()

    @property
    def _recorded_session(self) -> _RecordedSession:
        if self._recorded is None:
            raise RuntimeError("A cassette has sessions only of a recording: call sessions(recording) first.")
        return self._recorded

    def _journals(self) -> list[JournalInfo]:
        found = [info for info in library.list_journals(self._place) if self.journal in (None, info.name)]
        if not found:
            known = ", ".join(info.name for info in library.list_journals(self._place)[:5])
            raise SettingsError(setting="journal", value=self.journal, rule=f"there are {known} …")
        return found if self.api is None else [info for info in found if info.api == self.api.name]

    def _choose_journal(self, recording: Recording) -> JournalInfo:
        """Find the journal of this recording: the only one, or the one with its hash."""
        found = self._journals()
        if not found:
            raise self._unplayable(f"nothing in it was recorded through {self.name}")
        if len(found) == 1 and not self.strict:
            return found[0]
        mine = checksum.sha256(recording.path)
        same = [info for info in found if info.sha256 == mine]
        if len(same) == 1:
            return same[0]
        if len(same) > 1:
            rule = f"the recording has several there: {', '.join(info.name for info in same)}; name one"
            raise SettingsError(setting="journal", value=self.journal, rule=rule)
        if len(found) == 1 and found[0].sha256 is None:
            raise self._unplayable("it does not say of which file it is, and strict=True wants to know")
        recorded = found[0].sha256 if len(found) == 1 else f"none of {len(found)}"
        raise CassetteMismatch(path=str(self.path), file=recording.file, recorded=recorded, found=mine)

    def _recorded_settings(self, began: Began) -> list[RegisteredApi]:
        try:
            return recorded_settings(began)
        except EmotoolkitError:
            raise
        except ValueError as problem:
            raise self._unplayable(str(problem)) from problem

    def _check_playable(self, records: Sequence[Record]) -> Began:
        """Raise `CassetteUnplayable` if a journal cannot be played; return its first record."""
        began = next(record for record in records if isinstance(record, Began))
        opened = [record for record in records if isinstance(record, Opened)]
        ends = {record.session: record for record in records if isinstance(record, Ended)}
        messages = [record.raw for record in records if isinstance(record, Received)]
        if not all(_is_of_stream(APIS[began.api], raw) for raw in messages):
            raise self._unplayable("it holds what no stream says: an upload, or a connection that was turned away")
        if not messages or not any(isinstance(record, Sent) for record in records):
            raise self._unplayable("nothing was sent in it, or nothing answered")
        if len(opened) > len(began.sessions):
            raise self._unplayable("its replay jumped (seek or loop), so it has several turns")
        for number in range(len(began.sessions)):
            if number not in {each.session for each in opened}:
                raise self._unplayable(f"its session {number} was never opened")
        for each in opened:
            end = ends.get(each.session)
            if end is None:
                raise self._unplayable("it breaks off before its end")
            if end.error not in PLAYABLE_ENDS:
                raise self._unplayable(f"it ended by {end.error}, which was not the server's doing")
        return began

    def _make_session(
        self, records: Sequence[Record], session: int, settings: RegisteredApi, address: str
    ) -> _RecordedSession:
        start = next(record.start for record in records if isinstance(record, Opened) and record.session == session)
        ends = [record.end for record in records if isinstance(record, Sent) and record.session == session]
        return _RecordedSession(dataclasses.replace(settings, url=address), session, start, max(ends, default=start))

    def _unplayable(self, reason: str) -> CassetteUnplayable:
        return CassetteUnplayable(path=str(self.path), reason=reason)


def _is_of_stream(kind: type[RegisteredApi], raw: str) -> bool:
    """Whether a message can be in a stream; one that the API cannot read at all was at least not said by its server."""
    try:
        return kind.stage(raw) is not None
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return False
