"""What can go wrong, whose fault it is, and what to type instead.

Every error is a class with one sentence; the data in the sentence are attributes of the error. An error that ends a
replay carries in `.replays` what had arrived until then::

    EmotoolkitError
    ├── RecordingError (ValueError)     the file cannot be replayed
    │   ├── NoSuchFile (FileNotFoundError), IsFolder (IsADirectoryError), NotMedia, EmptyRecording, NoSound,
    │   │   NotUnicode, UnreadableLayout, NoSuchChannel, TooShort, SegmentTooLarge, SegmentTooLong, NothingRecorded
    ├── DatasetError (ValueError)       a manifest or folder cannot be understood
    ├── SettingsError (ValueError)      a setting is not legal
    │   ├── UnknownSetting, WrongKind (TypeError), ConsentMissing
    ├── ReplayError (RuntimeError)      the replay ended early
    │   ├── ServerUnreachable, ServerRefused, ServerGone, ServerSilent, ServerFault, OldSocketIO
    │   ├── WorkerGone, WorkersLost, ReadingFailed, InternalError
    │   ├── CaptureError                a live recording ended by itself, or never began
    │   │   ├── LibraryMissing, NoDevice, DeviceRefused, DeviceLost, PageGone, FileRefused, RecorderGone
    ├── CassetteError (ValueError)      a journal cannot be played
    │   ├── CassetteUnplayable, CassetteMismatch
    ├── NotJournal (ValueError)         a file is no journal
    ├── NotLabels (ValueError)          a file of labels cannot be read
    ├── RunError (RuntimeError)         a run over a dataset cannot go on
    │   ├── RunLocked, NotWritable, DiskFull
    ├── LocalServerFailed (RuntimeError)
    └── ReplayInterrupted, RunInterrupted (KeyboardInterrupt)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from emotoolkit.replayed import Replay

__all__ = [
    "CaptureError",
    "CassetteError",
    "CassetteMismatch",
    "CassetteUnplayable",
    "ConsentMissing",
    "DatasetError",
    "DeviceLost",
    "DeviceRefused",
    "DiskFull",
    "EmotoolkitError",
    "EmptyRecording",
    "FileRefused",
    "IdleWarning",
    "InternalError",
    "IsFolder",
    "LeftOutWarning",
    "LibraryMissing",
    "LocalServerFailed",
    "NoDevice",
    "NoSound",
    "NoSuchChannel",
    "NoSuchFile",
    "NotJournal",
    "NotLabels",
    "NotMedia",
    "NotUnicode",
    "NotWritable",
    "NothingRecorded",
    "OldSocketIO",
    "PageGone",
    "ReadingFailed",
    "RecorderGone",
    "RecordingError",
    "ReplayError",
    "ReplayInterrupted",
    "RunError",
    "RunInterrupted",
    "RunLocked",
    "SegmentTooLarge",
    "SegmentTooLong",
    "ServerFault",
    "ServerGone",
    "ServerRefused",
    "ServerSilent",
    "ServerUnreachable",
    "SettingsError",
    "StillPictureWarning",
    "TooShort",
    "TruncatedWarning",
    "UnknownSetting",
    "UnreadableLayout",
    "WorkerGone",
    "WorkersLost",
    "WrongKind",
    "by_name",
]


class EmotoolkitError(Exception):
    """Root of all errors of emotoolkit. The data of its sentence are in `facts` and readable as attributes.

    Attributes
    ----------
    replays : tuple of Replay
        Where a replay was under way: what each API had said until then, in the order in which the APIs were given.
    replay : Replay or None
        The one of the API that failed.

    Notes
    -----
    Where a fact `correlation_id` is given, the sentence ends with it: it is what a vendor's support asks for.
    """

    sentence: ClassVar[str] = "emotoolkit failed."
    replays: tuple[Replay, ...] = ()
    replay: Replay | None = None

    def __init__(self, **facts: Any) -> None:
        super().__init__()
        self.facts = facts

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from None

    def __str__(self) -> str:
        text = self.sentence.format(**self.facts)
        if self.facts.get("correlation_id"):
            text += f" Its number there is {self.facts['correlation_id']}."
        if self.replay is None:
            return text
        return f"{text} What had arrived is in this error's `.replay`; the journal is {self.replay.journal}."

    def __reduce__(self) -> tuple[Any, ...]:
        return by_name, (type(self).__name__, self.facts)


class RecordingError(EmotoolkitError, ValueError):
    """The file cannot be replayed as it is."""


class NoSuchFile(RecordingError, FileNotFoundError):
    """There is no file at that path."""

    sentence = "There is no file {file!r}. Paths are relative to {folder!r}, the folder this Python runs in."


class IsFolder(RecordingError, IsADirectoryError):
    """There is a folder at that path."""

    sentence = "{file!r} is a folder, and a recording is one file. emo.read_dataset({file!r}) reads what is in it."


class NotMedia(RecordingError):
    """The file holds nothing that can be decoded."""

    sentence = (
        "{file!r} cannot be read as audio or video ({reason}). Either it is not a media file, or it was cut off before "
        "its index was written; `ffmpeg -i {file} -c copy repaired.mkv` repairs some of the latter."
    )


class UnreadableLayout(RecordingError):
    """Its channels are in an order that the installed version of PyAV cannot look at without ending the process."""

    sentence = (
        "The sound of {file!r} is in an unusual order of channels, {layout}, at which PyAV {version} ends the whole "
        'Python, so it was left alone. `pip install "av<17.1"`, or `"av>=19"` from Python 3.12 on, reads it; or mix it '
        "to two channels: `ffmpeg -i {file} -c:v copy -ac 2 stereo.mkv`."
    )


class NotUnicode(RecordingError):
    """The file's name is no text."""

    sentence = "The name of {file!r} is not Unicode, so no table could say which recording it is: rename the file."


class EmptyRecording(RecordingError):
    """The file is a media file without any content."""

    sentence = "{file!r} is a media file of length zero: there is nothing in it to replay."


class NoSound(RecordingError):
    """An API that hears was given a recording without a sound track."""

    sentence = (
        "{file!r} has no sound track, and {api} listens to nothing else. "
        "Use emo.Interhuman(), which also looks at pictures, or a recording with sound."
    )


class NoSuchChannel(RecordingError):
    """A channel was asked for that the recording does not have."""

    sentence = (
        "{file!r} has {channels} channel(s), numbered from 0; channels={wanted!r} asks for more. "
        'channels="mono" mixes whatever there is.'
    )


class TooShort(RecordingError):
    """The recording is shorter than the API can use."""

    sentence = (
        "{file!r} lasts {duration:.2f} s, and {api} takes nothing shorter than {minimum:g} s. "
        "Use a longer stretch of the original recording."
    )


class SegmentTooLarge(RecordingError):
    """A video segment is larger than the server takes."""

    sentence = (
        "The segment of {file!r} that begins at {start:.1f} s has {bytes} bytes, and the server takes {limit} at most. "
        "emo.Interhuman(encode=True) makes smaller ones."
    )


class SegmentTooLong(RecordingError):
    """A video segment lasts longer than the server takes."""

    sentence = (
        "The segment of {file!r} that begins at {start:.1f} s lasts {duration:.1f} s, and the server takes {limit:g} s "
        "at most. A recording is cut at its key pictures: emo.Interhuman(segment=..., encode=True) makes segments of "
        "the length you ask for, from 3 s on."
    )


class DatasetError(EmotoolkitError, ValueError):
    """A manifest, a folder or a table is not a dataset."""

    sentence = "{path!r} cannot be read as a dataset: {reason}."


class NothingRecorded(RecordingError):
    """A live recording ended before it had begun."""

    sentence = (
        "Nothing was recorded to {file!r}: the recording ended before camera or microphone gave anything. "
        "Was it started, and was the use of the devices allowed?"
    )


class SettingsError(EmotoolkitError, ValueError):
    """A setting is not legal."""

    sentence = "{setting}={value!r} is not legal here: {rule}."


class UnknownSetting(SettingsError, TypeError):
    """No setting has that name."""

    sentence = "{owner} has no setting {setting!r}.{hint} It has: {known}."


class WrongKind(SettingsError, TypeError):
    """A function of the notebook's door was given another kind of thing than it takes."""

    sentence = "{function} takes {wanted}, not {kind}. What you want is probably {instead}."


class ConsentMissing(SettingsError):
    """Media would leave this machine without a stated basis for it."""

    sentence = (
        "{api} is at {host!r}, which is not this machine, so the recorded people's data would leave it. Say on what "
        'basis: consent="...", in your own words; it is written into the replay\'s journal. Local servers need none.'
    )


class ReplayError(EmotoolkitError, RuntimeError):
    """The replay ended early. What had arrived is in `replays` and `replay`."""


class ServerUnreachable(ReplayError):
    """Nobody answers at the address."""

    sentence = (
        "Nothing answers at {url} ({reason}), so {api} got nothing. Is the server running and the port right? "
        "Without url= a local server is started for you."
    )


class ServerRefused(ReplayError):
    """The server answered and declined the session."""

    sentence = "The {api} server at {url} declined the session: {reason} (code {code}). Nothing was sent."


class OldSocketIO(ReplayError):
    """The server speaks a version of socket.io in which the sound would be lost."""

    sentence = (
        "The {api} server at {url} speaks socket.io 2, to which sound cannot be sent from here: the first packet would "
        "end the connection without a word. Update the container, or reach it through a relay that speaks socket.io 3 "
        "or 4. Nothing was sent."
    )


class ServerGone(ReplayError):
    """The connection ended in the middle of the recording."""

    sentence = (
        "The {api} server at {url} closed the connection after {sent:.1f} s of media ({reason}). It is the server's or "
        "the network's doing; replay again to start a new session."
    )


class ServerSilent(ReplayError):
    """The server did not answer a step of the conversation in time."""

    sentence = (
        "The {api} server at {url} did not answer {step!r} within {timeout:g} s. "
        "Is it the right kind of server? timeout= waits longer."
    )


class ServerFault(ReplayError):
    """The server said that something went wrong on its side, and ended the analysis."""

    sentence = "The {api} server at {url} reports a fault after {sent:.1f} s of media: {reason} (code {code})."


class WorkerGone(ReplayError):
    """The process that sends ended without a word."""

    sentence = "The process that replays ended unexpectedly (exit code {code}); its last words were: {words}"


class WorkersLost(ReplayError):
    """Machine after machine of a cluster ended at one recording."""

    sentence = (
        "{workers} workers of the cluster ended one after the other while they replayed this recording. Their logs say "
        "why: often they had too little memory."
    )


class ReadingFailed(ReplayError):
    """The recording could be opened, but not read or cut to the end."""

    sentence = "{file!r} could not be read on after {sent:.1f} s: {reason}"


class InternalError(ReplayError):
    """A fault of emotoolkit itself."""

    sentence = "emotoolkit itself failed: {reason}. That is our fault, not yours: please report it with the journal."


class CaptureError(ReplayError):
    """A live recording ended before it was told to, or never began. What was recorded is in the file."""


class LibraryMissing(CaptureError):
    """A library that the devices are opened with is not installed."""

    sentence = "{device} needs {library}, which is not here ({reason}). To install it: {install}"


class NoDevice(CaptureError):
    """There is no such camera or microphone."""

    sentence = (
        "There is no {device} to be used ({reason}). Is it plugged in, switched on, and not in use by another program? "
        "device= names another one, or a file that stands for it."
    )


class DeviceRefused(CaptureError):
    """The browser, or who sits before it, does not allow the use of a device."""

    sentence = (
        "The browser does not allow this page to use the {device} ({reason}). Allow it beside the page's address, make "
        "a new source, and start again. Nothing was recorded."
    )


class DeviceLost(CaptureError):
    """A device went away while it was recorded."""

    sentence = "The {device} went away after {seconds:.1f} s ({reason}). What was recorded until then is in {file!r}."


class PageGone(CaptureError):
    """The page that recorded was closed or reloaded, or cannot be reached any more."""

    sentence = (
        "The page that recorded was closed or reloaded, or its connection broke, after {seconds:.1f} s. What was "
        "recorded until then is in {file!r}."
    )


class FileRefused(CaptureError):
    """The file of a live recording takes no more."""

    sentence = (
        "Nothing more can be written to {file!r} ({reason}). What was recorded until then is in it: make room, or "
        "choose another folder with save=, and record anew."
    )


class RecorderGone(CaptureError):
    """The process that records ended without a word."""

    sentence = (
        "The process that records ended unexpectedly (exit code {code}). What was recorded until then is in {file!r}; "
        "its last words were: {words}"
    )


class LocalServerFailed(EmotoolkitError, RuntimeError):
    """A local server did not start."""

    sentence = "The local {api} server did not start (exit code {code}); its last words were: {words}"


class RunError(EmotoolkitError, RuntimeError):
    """A run over a dataset cannot begin or go on. What is done stays done: the same call goes on from there."""


class RunLocked(RunError):
    """Two runs would write into one folder."""

    sentence = (
        "Another run is writing into {folder!r} ({holder}). Wait until it has ended, or give this one a folder= of "
        "its own; two runs on one folder would send everything twice."
    )


class NotWritable(RunError):
    """The folder of a run, of an export or of journals takes no files."""

    sentence = "Nothing can be written to {folder!r} ({reason}). Give a folder that you may write to."


class DiskFull(RunError):
    """There is no room left for what would come back."""

    sentence = (
        "There is no room left under {folder!r} ({free:.0f} MB free, {needed:.0f} MB are kept in reserve). Nothing "
        "more was sent and nothing is lost: make room and make the same call again."
    )


class RunInterrupted(EmotoolkitError, KeyboardInterrupt):
    """A run was interrupted by its user."""

    sentence = (
        "Interrupted: {done} of {recordings} recordings are done, and their results are in {folder!r}. The same call "
        "goes on from there; only what was under way is sent again."
    )


class ReplayInterrupted(EmotoolkitError, KeyboardInterrupt):
    """The cell was interrupted. What had arrived is in `replays` and `replay`."""

    sentence = "Interrupted after {sent:.1f} s of media; the session was closed."


class CassetteError(EmotoolkitError, ValueError):
    """A journal cannot be played."""


class CassetteUnplayable(CassetteError):
    """It is no recorded conversation, or not one that can be played from beginning to end."""

    sentence = (
        "The cassette {path!r} cannot be played: {reason}. Where there is a journal, emo.Replay.read(path) makes its "
        "tables without playing it."
    )


class CassetteMismatch(CassetteError):
    """The recording is not the one that was recorded."""

    sentence = (
        "The cassette {path!r} is of another recording than {file!r}: SHA-256 {recorded} was recorded, and the file "
        "has {found}. It is another file, or it was changed or converted since; strict=False plays a single journal "
        "all the same."
    )


class NotJournal(EmotoolkitError, ValueError):
    """A file is no journal of a replay, or nothing is in it."""

    sentence = (
        "{path!r} is no journal of a replay ({reason}). Journals end in .jsonl; a replay names its own as "
        "`replay.journal`, and Player(…, journal=folder) keeps them where you want them."
    )


class IdleWarning(UserWarning):
    """A replay is paused for longer than a server keeps a session without media.

    Parameters
    ----------
    api : str
        Name of the API.
    limit : float
        Seconds without media after which its server ends a session.
    left : float
        Seconds until the session is finished, a little before that.
    """

    sentence = (
        "Paused for long: the {api} server ends a session that gets nothing for {limit:g} s. In {left:.0f} s this one "
        "is finished in order, and resume() will go on in a new one; the tables then have a `session` column."
    )

    def __init__(self, *, api: str, limit: float, left: float) -> None:
        super().__init__(self.sentence.format(api=api, limit=limit, left=left))


class NotLabels(EmotoolkitError, ValueError):
    """A file of labels is not what its suffix says."""

    sentence = (
        "{path!r} cannot be read as {format} ({reason}). Either it is damaged, or another program wrote something else "
        "under that suffix; save it there again, or as CSV with the columns file, start, end, track, label, value."
    )


class LeftOutWarning(UserWarning):
    """Something could not be written in a format, or be taken from a folder."""


class StillPictureWarning(UserWarning):
    """Interhuman was given sound alone; it is sent with a still picture."""


class TruncatedWarning(UserWarning):
    """A recording ended before the time its header promises."""


def by_name(name: str, facts: dict[str, Any]) -> EmotoolkitError:
    """Make an error again from its class name and facts, as the worker reports them."""
    kinds: dict[str, type[EmotoolkitError]] = {}
    pending = [EmotoolkitError]
    while pending:
        kind = pending.pop()
        kinds[kind.__name__] = kind
        pending.extend(kind.__subclasses__())
    return kinds[name](**facts)
