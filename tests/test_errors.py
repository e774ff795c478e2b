"""Every sentence that a user may meet, word for word where it matters."""

import pickle
import re
from pathlib import Path

import pytest

from emotoolkit import errors
from emotoolkit.errors import EmotoolkitError, by_name

SERVER = {"api": "Emotion Logic", "url": "http://127.0.0.1:1"}

SENTENCES = {
    errors.EmotoolkitError: ({}, "emotoolkit failed"),
    errors.RecordingError: ({}, "emotoolkit failed"),
    errors.ReplayError: ({}, "emotoolkit failed"),
    errors.NoSuchFile: (
        {"file": "a.wav", "folder": "/home"},
        "There is no file 'a.wav'. Paths are relative to '/home'",
    ),
    errors.UnreadableLayout: (
        {"file": "a.mov", "layout": "2 channels (FR+FL)", "version": "18.1.0"},
        "The sound of 'a.mov' is in an unusual order of channels, 2 channels (FR+FL), at which PyAV 18.1.0 ends",
    ),
    errors.Headerless: (
        {"file": "a b.ul", "quoted": "'a b.ul'", "raw": "mulaw", "sampling_rate": 8000},
        "emo.Recording('a b.ul', raw='mulaw', sampling_rate=8000)",
    ),
    errors.NoSuchTrack: (
        {"file": "a.mkv", "wanted": 3, "count": 0, "there": "sound 1 (aac); sound 2 (aac, eng)"},
        "track=3 is 0 of the tracks of 'a.mkv', or one that cannot be taken. There are: sound 1 (aac); sound 2 (aac, ",
    ),
    errors.NotMedia: ({"file": "a.txt", "reason": "Invalid data"}, "'a.txt' cannot be read as audio or video"),
    errors.IsFolder: (
        {"file": "corpus"},
        "'corpus' is a folder, and a recording is one file. emo.read_dataset('corpus')",
    ),
    errors.NotUnicode: ({"file": "M\udcfcller.wav"}, r"The name of 'M\udcfcller.wav' is not Unicode"),
    errors.EmptyRecording: ({"file": "a.wav"}, "'a.wav' is a media file of length zero"),
    errors.NoSound: ({"file": "a.mp4", "api": "Emotion Logic"}, "'a.mp4' has no sound track, and Emotion Logic"),
    errors.NoSuchChannel: ({"file": "a.wav", "channels": 1, "wanted": 1}, "'a.wav' has 1 channel(s), numbered from 0"),
    errors.TooShort: (
        {"file": "a.wav", "duration": 1.5, "api": "Interhuman", "minimum": 3},
        "'a.wav' lasts 1.50 s, and Interhuman takes nothing shorter than 3 s",
    ),
    errors.SegmentTooLong: (
        {"file": "x.mp4", "start": 3.0, "duration": 12.5, "limit": 5.0},
        "begins at 3.0 s lasts 12.5 s, and the server takes 5 s at most",
    ),
    errors.DatasetError: ({"path": "a.csv", "reason": "x"}, "'a.csv' cannot be read as a dataset: x."),
    errors.RunError: ({}, "emotoolkit failed"),
    errors.RunLocked: ({"folder": "runs", "holder": "process 7"}, "Another run is writing into 'runs' (process 7)"),
    errors.NotWritable: ({"folder": "runs", "reason": "read-only"}, "Nothing can be written to 'runs' (read-only)"),
    errors.DiskFull: (
        {"folder": "runs", "free": 3, "needed": 64},
        "There is no room left under 'runs' (3 MB free). Nothing more was sent, and what had arrived is kept",
    ),
    errors.ClusterLost: (
        {"reason": "its tasks were cancelled"},
        "The Dask cluster has given this run up (its tasks were cancelled). Its workers end their sessions within",
    ),
    errors.RunInterrupted: (
        {"done": 3, "recordings": 9, "folder": "runs"},
        "Interrupted: 3 of 9 recordings are done, and their results are in 'runs'",
    ),
    errors.SegmentTooLarge: (
        {"file": "a.mp4", "start": 3.0, "bytes": 9, "limit": 8},
        "The segment of 'a.mp4' that begins at 3.0 s has 9 bytes, and the server takes 8 at most",
    ),
    errors.NothingRecorded: ({"file": "a.webm"}, "Nothing was recorded to 'a.webm'"),
    errors.SettingsError: ({"setting": "speed", "value": 0, "rule": "it must be more"}, "speed=0 is not legal here"),
    errors.AddressRefused: (
        {"setting": "EMOTION_LOGIC_URL", "value": "lab 2", "rule": "it has the sign ' ' in it"},
        "EMOTION_LOGIC_URL='lab 2' is no address to which people's data can be sent: it has the sign ' ' in it. Type",
    ),
    errors.KeyInClear: (
        {"api": "Interhuman", "host": "h", "scheme": "ws", "setting": "url", "secure": "wss://h"},
        "The key of Interhuman would go to 'h' without encryption, and everybody on the way could read it and the ",
    ),
    errors.UnknownSetting: (
        {"owner": "EmotionLogic", "setting": "rate", "hint": " Did you mean 'x'?", "known": "x, y"},
        "EmotionLogic has no setting 'rate'. Did you mean 'x'? It has: x, y.",
    ),
    errors.WrongKind: (
        {"function": "plot_signals", "wanted": "a table", "kind": "a Replay", "instead": "replay.signals"},
        "plot_signals takes a table, not a Replay. What you want is probably replay.signals.",
    ),
    errors.UnknownApi: (
        {"api": "moods", "known": "emotion_logic, interhuman"},
        "No API is called 'moods' here; there are emotion_logic, interhuman. If a package of somebody else brings it",
    ),
    errors.ApiBroken: (
        {"package": "moods-api", "api": "moods", "reason": "it has no wire"},
        "The package 'moods-api' brings an API called 'moods' that cannot be used: it has no wire. emotoolkit works",
    ),
    errors.ConsentMissing: (
        {"api": "Interhuman", "host": "h", "setting": "consent"},
        'Say on what basis: consent="..."',
    ),
    errors.ServerUnreachable: ({**SERVER, "reason": "refused"}, "Nothing answers at http://127.0.0.1:1 (refused)"),
    errors.ServerRefused: ({**SERVER, "reason": "no licence", "code": 7}, "declined the session: no licence (code 7)"),
    errors.OldSocketIO: (SERVER, "speaks socket.io 2, to which sound cannot be sent from here"),
    errors.ServerGone: (
        {**SERVER, "sent": 3.0, "reason": "closed"},
        "closed the connection after 3.0 s of media (closed)",
    ),
    errors.MessageTooLarge: (
        {**SERVER, "limit": 64.0, "sent": 3.0},
        "sent a message of more than 64 MB after 3.0 s of media. It was not read",
    ),
    errors.ServerSilent: ({**SERVER, "step": "handshake", "timeout": 10}, "did not answer 'handshake' within 10 s"),
    errors.ServerEndless: (
        {**SERVER, "step": "session.close", "timeout": 600},
        "went on talking for 600 s and never came to answer 'session.close'. That is the server's fault",
    ),
    errors.SessionsTooShort: (
        {**SERVER, "limit": 6.0, "sessions": 5, "sent": 15.0},
        "ends a session after 6 s, and took so long over each packet that 5 sessions in a row got no further than one",
    ),
    errors.ServerFault: (
        {**SERVER, "sent": 3.0, "reason": "broken", "code": 1},
        "reports a fault after 3.0 s of media",
    ),
    errors.FatalRecording: (
        {"process": "The process that replays", "deaths": 3, "code": -11, "words": "(none)"},
        "The process that replays ended 3 times while this recording was being sent, and was started again each time",
    ),
    errors.WorkersLost: ({"workers": 4}, "4 workers of the cluster ended one after the other while they replayed this"),
    errors.WorkerGone: ({"code": -9, "words": "(none)"}, "The process that replays ended unexpectedly (exit code -9)"),
    errors.ReadingFailed: (
        {"file": "a.mp4", "sent": 3.0, "reason": "x"},
        "'a.mp4' could not be read on after 3.0 s: x",
    ),
    errors.InternalError: ({"reason": "KeyError('x')"}, "our fault, not yours"),
    errors.CassetteError: ({}, "emotoolkit failed"),
    errors.CassetteUnplayable: (
        {"path": "a.jsonl", "reason": "it breaks off before its end"},
        "The cassette 'a.jsonl' cannot be played: it breaks off before its end. Where there is a journal",
    ),
    errors.CassetteMismatch: (
        {"path": "a.jsonl", "file": "b.wav", "recorded": "12", "found": "34"},
        "The cassette 'a.jsonl' is of another recording than 'b.wav': SHA-256 12 was recorded, and the file has 34.",
    ),
    errors.CaptureError: ({}, "emotoolkit failed"),
    errors.LibraryMissing: (
        {"purpose": "The camera", "library": "cv2", "reason": "no cv2", "install": "pip install opencv"},
        "The camera needs cv2, which cannot be imported here (no cv2). To install it: pip install opencv",
    ),
    errors.NoDevice: ({"device": "camera 0", "reason": "x"}, "There is no camera 0 to be used (x). Is it plugged in"),
    errors.DeviceRefused: (
        {"device": "camera", "reason": "NotAllowedError"},
        "The browser does not allow this page to use the camera (NotAllowedError). Allow it",
    ),
    errors.DeviceLost: (
        {"device": "camera", "seconds": 3.0, "reason": "unplugged", "file": "a.webm"},
        "The camera went away after 3.0 s (unplugged). What was recorded until then is in 'a.webm'.",
    ),
    errors.FileRefused: (
        {"file": "a.webm", "reason": "No space left on device"},
        "Nothing more can be written to 'a.webm' (No space left on device). What was recorded until then is in it: ",
    ),
    errors.PageGone: (
        {"seconds": 3.0, "file": "a.webm"},
        "The page that recorded was closed or reloaded, or its connection broke, after 3.0 s.",
    ),
    errors.RecorderGone: (
        {"code": -9, "file": "a.webm", "words": "x"},
        "The process that records ended unexpectedly (exit code -9). What was recorded until then is in 'a.webm'",
    ),
    errors.NotJournal: (
        {"path": "a.csv", "reason": "it is a folder"},
        "'a.csv' is no journal of a replay (it is a folder). Journals end in .jsonl; a replay names its own as",
    ),
    errors.NotLabels: (
        {"path": "a.eaf", "format": "eaf", "reason": "no element found"},
        "'a.eaf' cannot be read as eaf (no element found). Either it is damaged",
    ),
    errors.LocalServerFailed: ({"api": "x", "code": 1, "words": "y"}, "The local x server did not start (exit code 1)"),
    errors.ReplayInterrupted: ({"sent": 3.0}, "Interrupted after 3.0 s of media"),
}


def every_error(kind=EmotoolkitError):
    yield kind
    for child in kind.__subclasses__():
        yield from every_error(child)


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
def test_sentence(kind):
    """Each error says what happened in a sentence made of its facts, which are attributes too."""
    facts, words = SENTENCES[kind]
    error = kind(**facts)
    assert words in str(error)
    for name, value in facts.items():
        assert getattr(error, name) == value


@pytest.mark.parametrize("kind", list(every_error()), ids=lambda kind: kind.__name__)
def test_travels(kind):
    """Each error survives a pickle, and is made again from its name and facts, as it comes from the worker."""
    facts, _ = SENTENCES[kind]
    for again in (pickle.loads(pickle.dumps(kind(**facts))), by_name(kind.__name__, facts)):
        assert type(again) is kind
        assert again.facts == facts


def test_public_and_in_the_tree():
    """Each error is exported and stands in the tree that the module shows."""
    for kind in every_error():
        assert kind.__name__ in errors.__all__
        assert kind.__name__ in errors.__doc__


def test_builtin_bases():
    """Who catches Python's own kinds of error catches ours."""
    assert issubclass(errors.NoSuchFile, FileNotFoundError)
    assert issubclass(errors.NotMedia, ValueError)
    assert issubclass(errors.UnknownSetting, TypeError)
    assert issubclass(errors.LibraryMissing, ModuleNotFoundError)
    assert issubclass(errors.ReplayInterrupted, KeyboardInterrupt)


def test_unknown_attribute():
    """An attribute that is not a fact is an AttributeError."""
    with pytest.raises(AttributeError, match="NoSound has no 'colour'"):
        errors.NoSound(file="a", api="b").colour  # noqa: B018


def test_says_where_the_rest_is():
    """An error with a partial replay says where it is."""

    class Partial:
        journal = Path("x.jsonl")

    error = errors.WorkerGone(code=1, words="")
    error.replay = Partial()
    assert str(error).endswith("What had arrived is in this error's `.replay`; the journal is x.jsonl.")


@pytest.mark.parametrize("kind", SENTENCES, ids=lambda kind: kind.__name__)
def test_the_command_line_names_options(kind):
    """What a shell says names no argument of Python, no attribute and no call."""
    facts, _ = SENTENCES[kind]
    said = kind(**facts).in_shell()
    assert not re.search(r"\b[a-z_]+=|\bemo\.|same call|\.replay\b", said), said


def test_an_option_with_another_name():
    """Where an option is called otherwise than the setting, the option is named."""
    assert errors.SettingsError(setting="until", value=-1, rule="x").in_shell() == "--seconds -1 is not legal here: x."
    assert errors.SettingsError(setting="sound_only", value=1, rule="x").in_shell().startswith("--sound-only 1 ")


@pytest.mark.parametrize(
    ("file", "relative"),
    [
        ("a.wav", True),
        ("sub/a.wav", True),
        ("/home/eva/a.wav", False),
        ("C:\\data\\a.wav", False),
        ("~/a.wav", False),
        ("s3://bucket/a.wav", False),
        ("https://host/a.wav", False),
    ],
)
def test_what_a_path_is_relative_to(file, relative):
    """It is said of relative paths only, on the command line too; an absolute one is shown whole."""
    error = errors.NoSuchFile(file=file, folder="/work")
    for said in (str(error), error.in_shell()):
        assert said.startswith(f"There is no file {file!r}.")
        assert ("relative to '/work'" in said) == relative
