"""What can go wrong, whose fault it is, and what to type instead.

Every error is a class with one sentence; the data in the sentence are attributes of the error. An error that ends a
replay carries in `.replays` what had arrived until then::

    EmotoolkitError
    ├── RecordingError (ValueError)     the file cannot be replayed
    │   ├── NoSuchFile (FileNotFoundError), IsFolder (IsADirectoryError), NotMedia, EmptyRecording, NoSound,
    │   │   NotUnicode, UnreadableLayout, Headerless, NoSuchChannel, NoSuchTrack, TooShort, SegmentTooLarge,
    │   │   SegmentTooLong, NothingRecorded
    ├── DatasetError (ValueError)       a manifest or folder cannot be understood
    ├── SettingsError (ValueError)      a setting is not legal
    │   ├── UnknownSetting, WrongKind (TypeError), UnknownApi (KeyError), ApiBroken (ImportError),
    │   │   ConsentMissing, AddressRefused, KeyInClear
    ├── ReplayError (RuntimeError)      the replay ended early
    │   ├── ServerUnreachable, ServerRefused, ServerGone, ServerFault, MessageTooLarge, OldSocketIO,
    │   │   SessionsTooShort
    │   ├── ServerSilent
    │   │   ├── ServerEndless
    │   ├── WorkerGone, WorkersLost, FatalRecording, ReadingFailed, InternalError
    │   ├── CaptureError                a live recording ended by itself, or never began
    │   │   ├── NoDevice, DeviceRefused, DeviceLost, PageGone, FileRefused, RecorderGone
    ├── CassetteError (ValueError)      a journal cannot be played
    │   ├── CassetteUnplayable, CassetteMismatch
    ├── NotJournal (ValueError)         a file is no journal
    ├── NotLabels (ValueError)          a file of labels cannot be read
    ├── RunError (RuntimeError)         a run over a dataset, or a replay's journal, cannot go on
    │   ├── RunLocked, NotWritable, DiskFull, ClusterLost
    ├── LibraryMissing (ModuleNotFoundError)   a library that the package can do without is needed here
    ├── LocalServerFailed (RuntimeError)
    └── ReplayInterrupted, RunInterrupted (KeyboardInterrupt)

What does not end a replay, but nobody would expect of it, is a `NoticeWarning`; `emotoolkit.notices()` lists its kinds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "AddressRefused",
    "ApiBroken",
    "CaptureError",
    "CassetteError",
    "CassetteMismatch",
    "CassetteUnplayable",
    "ChangedSoundWarning",
    "ClusterLost",
    "ConsentMissing",
    "DatasetError",
    "DeviceLost",
    "DeviceRefused",
    "DiskFull",
    "EmotoolkitError",
    "EmptyRecording",
    "FatalRecording",
    "FileRefused",
    "HeaderWarning",
    "Headerless",
    "IdleWarning",
    "ImpossibleTimesWarning",
    "InternalError",
    "IsFolder",
    "KeyInClear",
    "KeyWithheldWarning",
    "LabelsLeftOutWarning",
    "LeftOutWarning",
    "LibraryMissing",
    "LocalServerFailed",
    "MessageTooLarge",
    "MixedWarning",
    "NoDevice",
    "NoFacesWarning",
    "NoSound",
    "NoSuchChannel",
    "NoSuchFile",
    "NoSuchTrack",
    "NotJournal",
    "NotLabels",
    "NotMedia",
    "NotUnicode",
    "NotWritable",
    "NothingAnsweredWarning",
    "NothingRecorded",
    "NoticeWarning",
    "OldSocketIO",
    "PageGone",
    "ReadingFailed",
    "RecorderGone",
    "RecordingError",
    "ReplayError",
    "ReplayInterrupted",
    "ReportMissingWarning",
    "RunError",
    "RunInterrupted",
    "RunLocked",
    "SamplesWarning",
    "SegmentTimesWarning",
    "SegmentTooLarge",
    "SegmentTooLong",
    "ServerEndless",
    "ServerFault",
    "ServerGone",
    "ServerRefused",
    "ServerSilent",
    "ServerUnreachable",
    "SessionsTooShort",
    "SettingsError",
    "SilentTrackWarning",
    "StillPictureWarning",
    "TooShort",
    "TrackLeftOutWarning",
    "TruncatedWarning",
    "UnheardWarning",
    "UnknownApi",
    "UnknownSetting",
    "UnreadWarning",
    "UnreadableLayout",
    "WorkerGone",
    "WorkersLost",
    "WrongKind",
    "by_name",
    "notice_by_name",
    "notice_kinds",
]


ABSOLUTE_PATH = re.compile(r"[/\\~]|[A-Za-z]:[/\\]|[A-Za-z][A-Za-z0-9+.-]+://")
"""Beginning of a path that is no folder's: of a disk, a home, or an address."""

OPTIONS_OF_SETTINGS = {"until": "seconds", "tracks": "track", "journal": "folder"}
"""Options of the command line that have another name than the setting."""


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
    Where a fact `correlation_id` is given, the sentence ends with it: it is what a vendor's support asks for. Errors of
    a server also have its `code`, the `link` to its explanation, and the `segment` that it is about, as far as it says
    so. Where the server is a local one of this process, and failed itself, the exception is in `server_fault`, and its
    traceback in `server_traceback`; Python shows it below the error's own.
    """

    sentence: ClassVar[str] = "emotoolkit failed."
    shell_sentence: ClassVar[str] = "emotoolkit failed."
    """The sentence on the command line, where settings are options; that of Python, unless the class has another."""
    replays: tuple[Any, ...] = ()
    replay: Any = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "sentence" in vars(cls) and "shell_sentence" not in vars(cls):
            cls.shell_sentence = cls.sentence

    def __init__(self, **facts: Any) -> None:
        super().__init__()
        self.facts = facts
        if facts.get("server_traceback"):
            self.add_note(f"What the server reports of itself:\n{facts['server_traceback']}")

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["facts"][name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from None

    def __str__(self) -> str:
        text = self._filled(self.sentence)
        if self.replay is None:
            return text
        return f"{text} What had arrived is in this error's `.replay`; the journal is {self.replay.journal}."

    def in_shell(self) -> str:
        """Return the sentence as the command line says it: with options instead of arguments."""
        text = self._filled(self.shell_sentence)
        return text if self.replay is None else f"{text} What had arrived is in the journal {self.replay.journal}."

    def _filled(self, template: str) -> str:
        option = str(self.facts.get("setting", "")).replace("_", "-")
        text = template.format(**{"option": OPTIONS_OF_SETTINGS.get(option, option), **self.facts})
        if self.facts.get("correlation_id"):
            text += f" Its number there is {self.facts['correlation_id']}."
        if self.facts.get("server_fault"):
            text += (
                f" The server is emotoolkit's own local one, and failed itself: {self.facts['server_fault']}. That is "
                "our fault, not yours: please report it, with the journal and the server's traceback."
            )
        return text

    def with_facts(self, **facts: Any) -> EmotoolkitError:
        """Make the same error with further facts."""
        error = type(self)(**self.facts | facts)
        error.replays, error.replay, error.__cause__ = self.replays, self.replay, self.__cause__
        return error

    def __reduce__(self) -> tuple[Any, ...]:
        return by_name, (type(self).__name__, self.facts)


class RecordingError(EmotoolkitError, ValueError):
    """The file cannot be replayed as it is."""


class NoSuchFile(RecordingError, FileNotFoundError):
    """There is no file at that path."""

    sentence = "There is no file {file!r}. Paths are relative to {folder!r}, the folder this Python runs in."
    shell_sentence = "There is no file {file!r}. Paths are relative to {folder!r}."

    def _filled(self, template: str) -> str:
        """Say what relative paths are relative to only of one that was given so."""
        relative = self.facts.get("folder") and not ABSOLUTE_PATH.match(str(self.facts["file"]))
        return super()._filled(template if relative else "There is no file {file!r}.")


class IsFolder(RecordingError, IsADirectoryError):
    """There is a folder at that path."""

    sentence = "{file!r} is a folder, and a recording is one file. emo.read_dataset({file!r}) reads what is in it."
    shell_sentence = (
        "{file!r} is a folder, and a recording is one file. `emotoolkit dataset {file} --folder results` replays what "
        "is in it."
    )


class NotMedia(RecordingError):
    """The file holds nothing that can be decoded."""

    sentence = (
        "{file!r} cannot be read as audio or video ({reason}). Either it is not a media file, or it was cut off before "
        "its index was written. After a loss of power the rest is often there: programs that rebuild the index from an "
        "intact file of the same camera, such as untrunc, repair some of those."
    )


class UnreadableLayout(RecordingError):
    """Its channels are in an order that the installed version of PyAV cannot look at without ending the process."""

    sentence = (
        "The sound of {file!r} is in an unusual order of channels, {layout}, at which PyAV {version} ends the whole "
        'Python, so it was left alone. `pip install "av<17.1"`, or `"av>=19"` from Python 3.12 on, reads it; or mix it '
        "to two channels: `ffmpeg -i {file} -c:v copy -ac 2 stereo.mkv`."
    )


class Headerless(RecordingError):
    """The file is samples alone: nothing in it says of what kind they are, and how many there are in a second."""

    sentence = (
        "{file!r} has no header, so nothing says its coding and its sampling rate. If it is what telephone systems "
        "write under that suffix: emo.Recording({file!r}, raw={raw!r}, sampling_rate={sampling_rate}); a dataset needs "
        "a file with a header: `ffmpeg -f {raw} -ar {sampling_rate} -i {quoted} sound.wav`."
    )
    shell_sentence = (
        "{file!r} has no header, so nothing says its coding and its sampling rate. If it is what telephone systems "
        "write under that suffix: `ffmpeg -f {raw} -ar {sampling_rate} -i {quoted} sound.wav` makes a file with a "
        "header of it."
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
        "Use an API that also looks at pictures, such as emo.Interhuman(), or a recording with sound."
    )
    shell_sentence = sentence.replace("such as emo.Interhuman()", "such as --api interhuman")
    of_left_out = " Left out, as it cannot be replayed: {left_out}."

    def _filled(self, template: str) -> str:
        return super()._filled(template + (self.of_left_out if self.facts.get("left_out") else ""))


class NoSuchChannel(RecordingError):
    """A channel was asked for that the recording does not have."""

    sentence = (
        "{file!r} has {channels} channel(s), numbered from 0; channels={wanted!r} asks for more. "
        'channels="mono" mixes whatever there is.'
    )
    shell_sentence = "{file!r} has {channels} channel(s), numbered from 0, and there is no channel {wanted!r}."


class NoSuchTrack(RecordingError):
    """A track was asked for that the recording does not have, or that cannot be taken."""

    sentence = (
        "track={wanted!r} is {count} of the tracks of {file!r}, or one that cannot be taken. There are: {there}. Sound "
        "is numbered from 1; a language or a title may stand for the number where it is that of one track alone."
    )
    shell_sentence = "There is no track {wanted!r} in {file!r} that can be taken. There are: {there}."


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
    shell_sentence = sentence.replace(
        "emo.Interhuman(encode=True) makes smaller ones.",
        "Only a notebook or a program can have them made smaller, by the setting `encode`.",
    )


class SegmentTooLong(RecordingError):
    """A video segment lasts longer than the server takes."""

    sentence = (
        "The segment of {file!r} that begins at {start:.1f} s lasts {duration:.1f} s, and the server takes {limit:g} s "
        "at most. A recording is cut at its key pictures: emo.Interhuman(segment=..., encode=True) makes segments of "
        "the length you ask for, from 3 s on."
    )
    shell_sentence = (
        "The segment of {file!r} that begins at {start:.1f} s lasts {duration:.1f} s, and the server takes {limit:g} s "
        "at most. A recording is cut at its key pictures: only a notebook or a program can have it cut elsewhere, by "
        "the settings `segment` and `encode`."
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
    shell_sentence = "--{option} {value} is not legal here: {rule}."


class UnknownSetting(SettingsError, TypeError):
    """No setting has that name."""

    sentence = "{owner} has no setting {setting!r}.{hint} It has: {known}."


class UnknownApi(SettingsError, KeyError):
    """No API of that name is known here."""

    sentence = (
        "No API is called {api!r} here; there are {known}. If a package of somebody else brings it, install that "
        "package in this environment."
    )


class ApiBroken(SettingsError, ImportError):
    """A package that is installed here says that it brings an API, and what it brings is none."""

    sentence = (
        "The package {package!r} brings an API called {api!r} that cannot be used: {reason}. emotoolkit works without "
        "it: update that package, or remove it."
    )


class WrongKind(SettingsError, TypeError):
    """A function of the notebook's door was given another kind of thing than it takes."""

    sentence = "{function} takes {wanted}, not {kind}. What you want is probably {instead}."


class ConsentMissing(SettingsError):
    """Media would leave this machine without a stated basis for it."""

    sentence = (
        "{api} is at {host!r}, which is not this machine, so the recorded people's data would leave it. Say on what "
        'basis: consent="...", in your own words; it is written into the replay\'s journal. Local servers need none.'
    )
    shell_sentence = (
        "{api} is at {host!r}, which is not this machine, so the recorded people's data would leave it. Say on what "
        'basis: --consent "...", in your own words; it is written into the replay\'s journal. Local servers need none.'
    )


class AddressRefused(SettingsError):
    """An address that cannot be dialled with certainty: two programs could see two hosts in it."""

    sentence = (
        "{setting}={value!r} is no address to which people's data can be sent: {rule}. Type scheme, host and port, and "
        'a path if need be: {setting}="https://lab-server:2259".'
    )
    shell_sentence = (
        "--{option} {value} is no address to which people's data can be sent: {rule}. Type scheme, host and port, and "
        "a path if need be: --{option} https://lab-server:2259"
    )


class KeyInClear(SettingsError):
    """A credential would go to another machine without encryption."""

    sentence = (
        "The key of {api} would go to {host!r} without encryption, and everybody on the way could read it and the "
        'media: the address begins with {scheme}://. Type {setting}="{secure}", or, where the way there is safe by '
        "itself (a tunnel, a wire in your own laboratory), insecure=True."
    )
    shell_sentence = (
        "The key of {api} would go to {host!r} without encryption, and everybody on the way could read it and the "
        "media: the address begins with {scheme}://. Type --{option} {secure}; where the way there is safe by itself "
        "(a tunnel, a wire in your own laboratory), only a notebook or a program can say so."
    )


class ReplayError(EmotoolkitError, RuntimeError):
    """The replay ended early. What had arrived is in `replays` and `replay`."""


class ServerUnreachable(ReplayError):
    """Nobody answers at the address."""

    sentence = (
        "Nothing answers at {url} ({reason}), so {api} got nothing. Is the server running and the port right? "
        "Without url= a local server is started for you."
    )
    shell_sentence = sentence.replace("url=", "--url")


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
    shell_sentence = sentence.replace(
        "timeout= waits longer.", "Only a notebook or a program can wait longer, by the setting `timeout`."
    )


class ServerEndless(ServerSilent):
    """The server talked on and on, and never came to the step that was waited for."""

    sentence = (
        "The {api} server at {url} went on talking for {timeout:g} s and never came to answer {step!r}. That is the "
        "server's fault: everything it said is kept, but nobody knows whether it is all."
    )


class SessionsTooShort(ReplayError):
    """The server ends its sessions so soon that next to nothing can be sent in one."""

    sentence = (
        "The {api} server at {url} ends a session after {limit:g} s, and took so long over each packet that {sessions} "
        "sessions in a row got no further than one, up to {sent:.1f} s of media. So no more were opened. It is the "
        "server's fault; a longer session there, or a slower speed= here, helps."
    )
    shell_sentence = sentence.replace("speed=", "--speed")


class MessageTooLarge(ReplayError):
    """The server sent a message that is larger than may be read."""

    sentence = (
        "The {api} server at {url} sent a message of more than {limit:g} MB after {sent:.1f} s of media. It was not "
        "read, and the connection was closed: results are a thousand times smaller, so something is wrong with the "
        "server. What it had said before is kept; max_message_mb= takes larger ones."
    )
    shell_sentence = (
        "The {api} server at {url} sent a message of more than {limit:g} MB after {sent:.1f} s of media. It was not "
        "read, and the connection was closed: results are a thousand times smaller, so something is wrong with the "
        "server. What it had said before is kept; only a notebook or a program can take larger ones, by the setting "
        "`max_message_mb`."
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


class FatalRecording(ReplayError):
    """A process of this machine ended again and again while one recording was sent."""

    sentence = (
        "{process} ended {deaths} times while this recording was being sent, and was started again each time. The last "
        "time it ended with exit code {code}; its last words were: {words} It is probably the recording: leave it out, "
        "or replay it alone, which shows whether it happens again."
    )


class ReadingFailed(ReplayError):
    """The recording could be opened, but not read or cut to the end."""

    sentence = "{file!r} could not be read on after {sent:.1f} s: {reason}"


class InternalError(ReplayError):
    """A fault of emotoolkit itself."""

    sentence = "emotoolkit itself failed: {reason}. That is our fault, not yours: please report it with the journal."


class CaptureError(ReplayError):
    """A live recording ended before it was told to, or never began. What was recorded is in the file."""


class NoDevice(CaptureError):
    """There is no such camera or microphone."""

    sentence = (
        "There is no {device} to be used ({reason}). Is it plugged in, switched on, and not in use by another program? "
        "device= names another one, or a file that stands for it."
    )
    shell_sentence = sentence.replace("device= names", "--camera or --microphone names")


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
    shell_sentence = sentence.replace("folder with save=", "file")


class RecorderGone(CaptureError):
    """The process that records ended without a word."""

    sentence = (
        "The process that records ended unexpectedly (exit code {code}). What was recorded until then is in {file!r}; "
        "its last words were: {words}"
    )


class LibraryMissing(EmotoolkitError, ModuleNotFoundError):
    """A library that the package can do without is needed for what was asked, and cannot be imported."""

    sentence = "{purpose} needs {library}, which cannot be imported here ({reason}). To install it: {install}"

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.name = facts["library"]  # as Python's own has it


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
    shell_sentence = sentence.replace("folder=", "--folder")


class NotWritable(RunError):
    """The folder of a run, of an export or of journals takes no files, or takes no more."""

    sentence = "Nothing can be written to {folder!r} ({reason}). Give a folder that you may write to."


class DiskFull(RunError):
    """There is no room left for what comes back; of a replay, what had arrived is in its `replays`."""

    sentence = (
        "There is no room left under {folder!r} ({free:.0f} MB free). Nothing more was sent, and what had arrived is "
        "kept: make room, {needed:.0f} MB or more, and make the same call again."
    )
    shell_sentence = sentence.replace("make the same call", "run the same command")


class ClusterLost(RunError):
    """The Dask cluster of a run is gone, or has been restarted."""

    sentence = (
        "The Dask cluster has given this run up ({reason}). Its workers end their sessions within seconds, and what is "
        "done is in the folder: the same call, with a cluster that answers, goes on from there."
    )
    shell_sentence = sentence.replace("the same call", "the same command")


class RunInterrupted(EmotoolkitError, KeyboardInterrupt):
    """A run was interrupted by its user."""

    sentence = (
        "Interrupted: {done} of {recordings} recordings are done, and their results are in {folder!r}. The same call "
        "goes on from there; only what was under way is sent again."
    )
    shell_sentence = sentence.replace("The same call", "The same command")


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
    shell_sentence = "The cassette {path!r} cannot be played: {reason}."


class CassetteMismatch(CassetteError):
    """The recording is not the one that was recorded."""

    sentence = (
        "The cassette {path!r} is of another recording than {file!r}: SHA-256 {recorded} was recorded, and the file "
        "has {found}. It is another file, or it was changed or converted since; strict=False plays a single journal "
        "all the same."
    )
    shell_sentence = (
        "The cassette {path!r} is of another recording than {file!r}: SHA-256 {recorded} was recorded, and the file "
        "has {found}. It is another file, or it was changed or converted since."
    )


class NotJournal(EmotoolkitError, ValueError):
    """A file is no journal of a replay, or nothing is in it."""

    sentence = (
        "{path!r} is no journal of a replay ({reason}). Journals end in .jsonl; a replay names its own as "
        "`replay.journal`, and Player(…, journal=folder) keeps them where you want them."
    )
    shell_sentence = (
        "{path!r} is no journal of a replay ({reason}). Journals end in .jsonl; `emotoolkit replay FILE --folder "
        "FOLDER` keeps them where you want them."
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


class NoticeWarning(UserWarning):
    """Something about a recording's answers, or about how it was sent, that nobody would expect.

    The kinds are a closed set, which `emotoolkit.notices()` lists. A notice is given once, as a warning. It is kept in
    the journal, and is in `Replay.notices()`, `Replay.marks` and `summary()`. A run over a dataset gives no such
    warning for each of ten thousand recordings: `Run.notices` has them all. The data of the sentence are attributes.

    Attributes
    ----------
    file : str
        The recording.
    """

    when: ClassVar[str] = ""
    """When it is given."""
    advice: ClassVar[str] = ""
    """What to do about it."""
    unit: ClassVar[str] = ""
    """Unit of `number`."""
    doubtful: ClassVar[bool] = True
    """Whether it makes the tables doubtful, so that a run shows the recording as "done, with notices"."""
    file: str = ""

    @property
    def number(self) -> float | None:
        """The number that it is about, in `unit`."""
        return None

    @property
    def setting(self) -> str:
        """The setting that helps; "" where none does."""
        return ""

    @property
    def span(self) -> tuple[float, float] | None:
        """Start and end of what it is about, in seconds of media; None: all of the recording."""
        return None

    @property
    def facts(self) -> dict[str, Any]:
        """The arguments that make it again."""
        return dict(vars(self))

    def about(self, file: str) -> NoticeWarning:
        """Return the same notice about a recording of another name."""
        return type(self)(**{**self.facts, "file": file}) if "file" in self.facts else self

    def __reduce__(self) -> tuple[Any, ...]:
        return notice_by_name, (type(self).__name__, self.facts, str(self))


class MixedWarning(NoticeWarning):
    """Channels that are different sound are sent as one.

    Parameters
    ----------
    file : str
        The recording.
    channels : int
        How many it has.
    how : str
        "mixed", or "cancelled" where one is the other upside down.
    """

    when = "channels of different sound are mixed to one, or cancel each other"
    advice = 'EmotionLogic(channels="both"), channels="separate" or channels=0'
    unit = "channels"
    sentences: ClassVar[dict[str, str]] = {
        "mixed": (
            "The {channels} channels of {file!r} are different sound, and are mixed to one: who speaks is lost, and "
            'each is softer. EmotionLogic(channels="both") sends the first two in one session, channels="separate" '
            "each in its own, channels=0 the first alone."
        ),
        "cancelled": (
            "The {channels} channels of {file!r} are mixed to one, and cancel each other: one of them is the other "
            "upside down, and nearly nothing is left. EmotionLogic(channels=0) sends the first alone."
        ),
    }

    def __init__(self, *, file: str, channels: int, how: str) -> None:
        super().__init__(self.sentences[how].format(file=file, channels=channels))
        self.file, self.channels, self.how = file, channels, how

    @property
    def number(self) -> float:
        """How many channels there are."""
        return self.channels

    @property
    def setting(self) -> str:
        """The setting that keeps them apart."""
        return 'EmotionLogic(channels="both")' if self.how == "mixed" else "EmotionLogic(channels=0)"


class UnheardWarning(NoticeWarning):
    """Most of what is said in a recording is softer than what Emotion Logic is told to call background noise.

    Parameters
    ----------
    file : str
        The recording.
    level : float
        Level of the loud part of its speech (dBFS).
    threshold, noise : float
        What is called noise (dBFS), and the setting that says so.
    found : float or None
        Seconds of speech that were found; None before it is sent.
    instead : float
        The setting that lets it through.
    """

    when = "most of the speech is below the level of background noise, and little of it was found"
    advice = "EmotionLogic(background_noise=…): the sentence names the number"
    unit = "dBFS"
    sentence = (
        "{file!r} is soft: the loud part of it is at {level:.0f} dBFS, and background_noise={noise:g} calls noise what "
        "is below about {threshold:.0f} dBFS. {found} EmotionLogic(background_noise={instead:g}) lets it through."
    )

    def __init__(
        self, *, file: str, level: float, threshold: float, noise: float, found: float | None, instead: float
    ) -> None:
        said = "Most of it will not be heard." if found is None else f"Speech was found in {found:.1f} s of it."
        numbers = {"level": level, "threshold": threshold, "noise": noise, "instead": instead}
        super().__init__(self.sentence.format(file=file, found=said, **numbers))
        self.file, self.level, self.threshold, self.noise = file, level, threshold, noise
        self.found, self.instead = found, instead

    @property
    def number(self) -> float:
        """Level of the loud part of its speech."""
        return self.level

    @property
    def setting(self) -> str:
        """The setting that lets the speech through."""
        return f"EmotionLogic(background_noise={self.instead:g})"


class UnreadWarning(NoticeWarning):
    """A server said things of kinds that we know, in words that we cannot read.

    Parameters
    ----------
    file, api : str
        The recording, and the API through which it went.
    kinds : mapping of str to int
        How many messages, or entries in them, of which kind.
    first : str
        Text of the first of them, shortened.
    """

    when = "messages of known kinds, or entries in them, could not be decoded"
    advice = "look at Replay.unread and Replay.events, and report it with the journal"
    unit = "messages"
    sentence = (
        "{count} of what the {api} server said about {file!r} could not be read, and is in no table: {kinds}. The "
        "first: {first} All messages are in `.events`. Either the server speaks another version, or the fault is ours: "
        "please report it with the journal."
    )

    def __init__(self, *, file: str, api: str, kinds: Mapping[str, int], first: str) -> None:
        named = ", ".join(f"{count} × {kind}" for kind, count in kinds.items())
        super().__init__(self.sentence.format(count=sum(kinds.values()), api=api, file=file, kinds=named, first=first))
        self.file, self.api, self.kinds, self.first = file, api, dict(kinds), first

    @property
    def number(self) -> float:
        """How many could not be decoded."""
        return sum(self.kinds.values())


class NothingAnsweredWarning(NoticeWarning):
    """A recording was sent and its sessions ended in order, but the server returned no result.

    Parameters
    ----------
    file, api : str
        The recording, and the API through which it went.
    sent : float
        Seconds of media that were sent.
    messages : int
        Number of messages that came.
    instead : str
        The setting to try; "" if there is none.
    """

    when = "media were sent, the sessions ended in order, and no result came"
    advice = "a lower background_noise= if there is speech, else a longer timeout=; Replay.events has what came"
    unit = "s"
    sentence = (
        "The {api} server returned no result for {file!r}: {sent:.1f} s of media were sent, the session ended in "
        "order, and {messages} message(s) came, which are in `.events`."
    )
    try_setting = " If there should be results, replay it with {instead}."

    def __init__(self, *, file: str, api: str, sent: float, messages: int, instead: str) -> None:
        text = self.sentence.format(api=api, file=file, sent=sent, messages=messages)
        super().__init__(text + (self.try_setting.format(instead=instead) if instead else ""))
        self.file, self.api, self.sent, self.messages, self.instead = file, api, sent, messages, instead

    @property
    def number(self) -> float:
        """Seconds of media that were sent."""
        return self.sent

    @property
    def setting(self) -> str:
        """The setting to try."""
        return self.instead


class TruncatedWarning(NoticeWarning):
    """A recording ended before the time its header promises.

    Parameters
    ----------
    file : str
        The recording.
    promised, ended : float
        Seconds of media by its header, and until its end.
    """

    when = "a recording ended before the time that its header promises"
    advice = "get the whole file; what there is has been replayed"
    unit = "s"
    sentence = (
        "{file!r} promises {promised:.2f} s in its header and ends after {ended:.2f} s: it was probably cut off. What "
        "there is has been replayed."
    )

    def __init__(self, *, file: str, promised: float, ended: float) -> None:
        super().__init__(self.sentence.format(file=file, promised=promised, ended=ended))
        self.file, self.promised, self.ended = file, promised, ended

    @property
    def number(self) -> float:
        """Seconds of media that are missing."""
        return self.promised - self.ended

    @property
    def span(self) -> tuple[float, float]:
        """What is missing."""
        return self.ended, self.promised


class HeaderWarning(NoticeWarning):
    """A recording's header says another length than the file has.

    Parameters
    ----------
    file : str
        The recording.
    promised, found : float
        Seconds by its header, and in the file.
    """

    when = "a header says another length than the file has, as after a loss of power"
    advice = "listen to the end: what the file has is replayed"
    unit = "s"
    sentence = (
        "The header of {file!r} says {promised:.2f} s, and the file has {found:.2f} s of sound, which are what is "
        "replayed. {why}"
    )
    reasons: ClassVar[dict[bool, str]] = {
        True: "A recorder that loses power, or a file of more than 4 GB, leaves such a header.",
        False: "It was probably cut off: get the whole file.",
    }

    def __init__(self, *, file: str, promised: float, found: float) -> None:
        why = self.reasons[found > promised]
        super().__init__(self.sentence.format(file=file, promised=promised, found=found, why=why))
        self.file, self.promised, self.found = file, promised, found

    @property
    def number(self) -> float:
        """Seconds by which the file is longer than its header says."""
        return self.found - self.promised


class TrackLeftOutWarning(NoticeWarning):
    """A track of the file cannot be replayed, so that others alone are.

    Parameters
    ----------
    file : str
        The recording.
    tracks : sequence of str
        What is left out, and why.
    """

    when = "a track cannot be decoded, or has nothing in it, so that it is not sent"
    advice = "convert the file with a program that knows the codec, where the track is wanted"
    unit = "tracks"
    sentence = "Of {file!r} is left out, as it cannot be replayed: {tracks}. Its other tracks are replayed."

    def __init__(self, *, file: str, tracks: Sequence[str]) -> None:
        super().__init__(self.sentence.format(file=file, tracks="; ".join(tracks)))
        self.file, self.tracks = file, list(tracks)

    @property
    def number(self) -> float:
        """How many are left out."""
        return len(self.tracks)


class SilentTrackWarning(NoticeWarning):
    """The sound track that is taken is silent, and another one is not.

    Parameters
    ----------
    file : str
        The recording.
    taken, instead : int
        Number of the track that is taken, and of the first one with sound.
    tracks : int
        How many there are.
    """

    when = "the sound track that is taken is silent, and another one is not"
    advice = "emo.Recording(file, track=…): the sentence names the number"
    unit = "tracks"
    sentence = (
        "Sound track {taken} of {tracks} of {file!r} is taken, and it is silent; track {instead} is not. "
        "emo.Recording({file!r}, track={instead}) takes that one."
    )

    def __init__(self, *, file: str, taken: int, instead: int, tracks: int) -> None:
        super().__init__(self.sentence.format(file=file, taken=taken, instead=instead, tracks=tracks))
        self.file, self.taken, self.instead, self.tracks = file, taken, instead, tracks

    @property
    def number(self) -> float:
        """How many sound tracks there are."""
        return self.tracks

    @property
    def setting(self) -> str:
        """What takes the other track."""
        return f"Recording(track={self.instead})"


class ChangedSoundWarning(NoticeWarning):
    """The sound changes its channels or its sampling rate within the file.

    Parameters
    ----------
    file : str
        The recording.
    times : sequence of float
        Media seconds of the changes, at most ten.
    count : int
        How many there are.
    before, after : str
        What it is until the first, and what it becomes there.
    """

    when = "the sound changes its channels or sampling rate within the file, as joined files do"
    advice = "nothing, if the recordings belong together: all of it is sent as the first of them"
    unit = "changes"
    sentence = (
        "The sound of {file!r} changes within the file, {count} time(s), first at {first:.1f} s from {before} to "
        "{after}. All of it is sent as its beginning is; it may be several recordings that were joined."
    )

    def __init__(self, *, file: str, times: Sequence[float], count: int, before: str, after: str) -> None:
        super().__init__(self.sentence.format(file=file, count=count, first=times[0], before=before, after=after))
        self.file, self.times, self.count, self.before, self.after = file, list(times), count, before, after

    @property
    def number(self) -> float:
        """How many changes there are."""
        return self.count


class SamplesWarning(NoticeWarning):
    """Samples do not fit into what is sent, or are no sound.

    Parameters
    ----------
    file : str
        The recording.
    how : str
        "clipped" (beyond full scale), "too loud" (at full scale, several in a row), "unscaled" (integers stored as
        floats), "missing" (not a number), "silent" (all zero) or "offset" (a constant that is much louder than the
        sound).
    share : float
        Share of the samples, 0 to 1; of "offset" the constant, relative to full scale.
    peak : float
        Largest absolute value, 1 being full scale.
    """

    when = "samples beyond full scale, at full scale in runs, not a number, all zero, or with a large constant offset"
    advice = 'Recording(file, gain="peak") scales what is beyond full scale; else mend the file, or record it anew'
    unit = "share of the samples"
    sentences: ClassVar[dict[str, str]] = {
        "clipped": (
            "{share:.2%} of the samples of {file!r} are beyond full scale (up to {peak:.3g}) and were clipped. "
            'emo.Recording({file!r}, gain="peak") scales them instead.'
        ),
        "too loud": (
            "{share:.2%} of the samples of {file!r} are at full scale, several in a row: it was recorded too loud, and "
            "is distorted there. Loudness and voice quality cannot be trusted, and no setting brings back what was cut."
        ),
        "unscaled": (
            "{share:.2%} of the samples of {file!r} are beyond full scale, up to {peak:.0f}: they are integers stored "
            'as floats, and nearly all were clipped. emo.Recording({file!r}, gain="peak") scales them instead.'
        ),
        "missing": (
            "{share:.2%} of the samples of {file!r} are not a number, or infinite. Silence was sent in their place: "
            "the program that wrote the file should be looked at."
        ),
        "silent": (
            "All samples of {file!r} that were sent are zero: it is digital silence. Was the microphone muted, or is "
            "the sound in another channel or track?"
        ),
        "offset": (
            "The samples of {file!r} have a constant offset of {share:.1%} of full scale, much more than their sound. "
            "Levels count it as loud sound: `ffmpeg -i {file} -af highpass=20 mended.wav` removes it."
        ),
    }

    def __init__(self, *, file: str, how: str, share: float, peak: float) -> None:
        super().__init__(self.sentences[how].format(file=file, share=share, peak=peak))
        self.file, self.how, self.share, self.peak = file, how, share, peak

    @property
    def number(self) -> float:
        """The share."""
        return self.share

    @property
    def setting(self) -> str:
        """The setting that scales instead."""
        return 'Recording(gain="peak")' if self.how in {"clipped", "unscaled"} else ""


class ImpossibleTimesWarning(NoticeWarning):
    """Results have times that cannot be those of the recording. They are in the tables as they came.

    Parameters
    ----------
    file, api : str
        The recording, and the API through which it went.
    how : str
        "backwards" (they end before they begin), "behind" (they begin after the recording's end) or "relative" (none is
        later than a segment is long, so they seem to count from each segment's beginning).
    count : int
        How many results.
    last : float
        The latest of their times (s).
    duration : float
        Seconds that the recording lasts; of "relative" ones, that were sent.
    """

    when = "results end before they begin, begin after the recording's end, or seem to count from each segment"
    advice = 'leave them out, or Interhuman(time_base="segment")'
    unit = "results"
    sentences: ClassVar[dict[str, str]] = {
        "backwards": (
            "{count} of the {api} server's results about {file!r} end before they begin, up to {last:.1f} s. They are "
            "in the tables as they came, marked as suspect: table[~table['suspect']] leaves them out."
        ),
        "behind": (
            "{count} of the {api} server's results about {file!r} begin after its end at {duration:.1f} s, up to "
            "{last:.1f} s. They are in the tables as they came, marked as suspect; the server may count in other "
            "units, or from another beginning."
        ),
        "relative": (
            "None of the {count} results of the {api} server about {file!r} is later than {last:.1f} s, though "
            '{duration:.1f} s were sent. Either it counts from the beginning of each segment, and time_base="segment" '
            "puts them where they belong, or it stopped answering."
        ),
    }

    def __init__(self, *, file: str, api: str, how: str, count: int, last: float, duration: float) -> None:
        facts = {"file": file, "api": api, "count": count, "last": last, "duration": duration}
        super().__init__(self.sentences[how].format(**facts))
        self.file, self.api, self.how, self.count = file, api, how, count
        self.last, self.duration = last, duration

    @property
    def number(self) -> float:
        """How many results."""
        return self.count

    @property
    def setting(self) -> str:
        """The setting that puts relative times where they belong."""
        return 'time_base="segment"' if self.how == "relative" else ""


class SegmentTimesWarning(NoticeWarning):
    """Times count from segments of media that most messages do not name, and were added in a way worth knowing.

    Parameters
    ----------
    file, api : str
        The recording, and the API through which it went.
    how : str
        "recognised" (that they count so was found by `time_base="auto"`) or "uneven" (the server did not send one
        message of each kind for each segment).
    segments : int
        How many segments were sent.
    messages : mapping of str to int
        Number of messages that do not name their segment, by kind.
    """

    when = "times count from segments, as was recognised, or are of segments that could not be counted with certainty"
    advice = 'Interhuman(time_base="session") or "segment", whichever the server means; Replay.events has its messages'
    unit = "segments"
    sentences: ClassVar[dict[str, str]] = {
        "recognised": (
            "The times of the {api} server about {file!r} begin anew with each of {segments} segments, so they are "
            'taken to count from there, as with time_base="segment". A live view has shown them as they came.'
        ),
        "uneven": (
            "The times of the {api} server about {file!r} count from segments that its messages do not name, and for "
            "{segments} segments there were {kinds}. Kinds with one message for each segment were counted, others were "
            "put beside them, so some times may be those of a neighbouring segment, and a live view may have shown "
            'them elsewhere. With time_base="session" they stay as they came.'
        ),
    }

    def __init__(self, *, file: str, api: str, how: str, segments: int, messages: Mapping[str, int]) -> None:
        kinds = ", ".join(f"{count} {name!r}" for name, count in messages.items())
        super().__init__(self.sentences[how].format(file=file, api=api, segments=segments, kinds=kinds))
        self.file, self.api, self.how, self.segments, self.messages = file, api, how, segments, dict(messages)

    @property
    def number(self) -> float:
        """How many segments were sent."""
        return self.segments

    @property
    def setting(self) -> str:
        """The setting that says what is meant."""
        return 'time_base="session"'


class ReportMissingWarning(NoticeWarning):
    """The report on the whole call did not come, though every segment of it did.

    Parameters
    ----------
    file, api : str
        The recording, and the API through which it went.
    reason : str or None
        The server's own words; None if it said nothing that could be read.
    code : str or None
        Its code for that.
    count : int
        How many sessions have none.
    """

    when = "a report on the whole call was wanted, and none came or could be read"
    advice = "EmotionLogic(report=False) asks for none"
    unit = "sessions"
    sentence = (
        "The {api} server sent no report on {file!r} ({reason}). All of its segments have arrived, so nothing was sent "
        "again. {hint}"
    )
    of_silence = "a request by either of its names was not answered"
    hints: ClassVar[dict[bool, str]] = {
        True: "If your server has no report, EmotionLogic(report=False) asks for none.",
        False: "Some recordings are too short, or have too little voice, for one; EmotionLogic(report=False) asks for "
        "none.",
    }

    def __init__(
        self, *, file: str, api: str, reason: str | None = None, code: str | None = None, count: int = 1
    ) -> None:
        said = self.of_silence if reason is None else f"{reason} (code {code})" if code else reason
        super().__init__(self.sentence.format(file=file, api=api, reason=said, hint=self.hints[reason is None]))
        self.file, self.api, self.reason, self.code, self.count = file, api, reason, code, count

    @property
    def number(self) -> float:
        """How many sessions have no report."""
        return self.count

    @property
    def setting(self) -> str:
        """The setting that asks for no report."""
        return "report=False"


class NotLabels(EmotoolkitError, ValueError):
    """A file of labels is not what its suffix says."""

    sentence = (
        "{path!r} cannot be read as {format} ({reason}). Either it is damaged, or another program wrote something else "
        "under that suffix; save it there again, or as CSV with the columns file, start, end, track, label, value."
    )


class KeyWithheldWarning(UserWarning):
    """A key that the environment has was not sent to an address that the environment does not name.

    Parameters
    ----------
    host : str
        Whose the address is.
    """

    sentence = (
        "The key in the environment's INTERHUMAN_API_KEY (or INTERHUMAN_KEY_ID and INTERHUMAN_KEY_SECRET) was not sent "
        "to {host!r}: it goes to the service itself, or to where INTERHUMAN_URL says. If that server is to have it, "
        'type key=os.environ["INTERHUMAN_API_KEY"].'
    )

    def __init__(self, host: str) -> None:
        super().__init__(self.sentence.format(host=host))
        self.host = host


class LeftOutWarning(UserWarning):
    """Something could not be written in a format, or be taken from a folder."""


class LabelsLeftOutWarning(LeftOutWarning):
    """A folder's recordings were taken without labels, though there is what may hold some, or it nearly is a corpus.

    Parameters
    ----------
    path : str
        The folder.
    recordings : int
        Recordings in it.
    unread : sequence of str
        Files in it that may hold labels, and were not read.
    layout : str or None
        The layout that it nearly has.
    misfit : str
        What keeps it from being recognised.
    """

    sentence = "{path!r} is read without labels ({recordings} recording(s))."
    of_files = " What may hold labels was not read: {files}."
    of_layout = (
        " It looks like {layout}, but does not have that layout: {misfit}. Put that right, or move what does not "
        'belong to it elsewhere, and emo.read_dataset({path!r}, layout="{layout}") reads the labels.'
    )
    advice = (
        " A manifest.csv in the folder, with a column file and the labels beside it, is read of its own accord; "
        "emo.read_labels(file) reads labels over time."
    )

    def __init__(
        self, *, path: str, recordings: int, unread: Sequence[str], layout: str | None = None, misfit: str = ""
    ) -> None:
        self.path, self.recordings, self.unread = path, recordings, tuple(unread)
        self.layout, self.misfit = layout, misfit
        said = self.sentence.format(path=path, recordings=recordings)
        if unread:
            said += self.of_files.format(files=some(unread))
        said += self.of_layout.format(layout=layout, misfit=misfit, path=path) if layout else self.advice
        super().__init__(said)


class NoFacesWarning(UserWarning):
    """The local Interhuman server cannot measure faces, as OpenCV is not installed."""

    sentence = (
        "The local Interhuman server measures no faces, only movement and sound: OpenCV 4 is not installed. "
        'To install it: pip install "emotoolkit[face]"'
    )


class StillPictureWarning(UserWarning):
    """Interhuman was given sound alone; it is sent with a still picture."""


def some(names: Sequence[str], most: int = 3) -> str:
    """Name the first of several, and how many more there are.

    Examples
    --------
    >>> some(["a.csv", "b.csv", "c.csv"], 2)
    "'a.csv', 'b.csv' and 1 more"
    """
    said = ", ".join(map(repr, names[:most]))
    return said if len(names) <= most else f"{said} and {len(names) - most} more"


def by_name(name: str, facts: dict[str, Any]) -> EmotoolkitError:
    """Make an error again from its class name and facts, as the worker reports them."""
    kinds: dict[str, type[EmotoolkitError]] = {}
    pending = [EmotoolkitError]
    while pending:
        kind = pending.pop()
        kinds[kind.__name__] = kind
        pending.extend(kind.__subclasses__())
    return kinds[name](**facts)


def notice_kinds() -> list[type[NoticeWarning]]:
    """List all kinds of notices, sorted by name."""
    return sorted(NoticeWarning.__subclasses__(), key=lambda kind: kind.__name__)


def notice_by_name(name: str, facts: Mapping[str, Any], text: str) -> NoticeWarning:
    """Make a notice again from its class name and facts; of a kind that is not known here, with its text alone."""
    kind = next((each for each in notice_kinds() if each.__name__ == name), None)
    try:
        return NoticeWarning(text) if kind is None else kind(**facts)
    except (AttributeError, KeyError, TypeError, ValueError):  # its facts are of another version
        return NoticeWarning(text)
