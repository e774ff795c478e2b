"""Errors and warnings at the command line."""

from __future__ import annotations

import warnings
from types import SimpleNamespace

import pytest
import typer

from emotoolkit.cli.errors import errors_as_sentences, stored_in_shell
from emotoolkit.errors import ReplayInterrupted, SettingsError
from tests.cli.shell import run
from tests.test_errors import SENTENCES


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["replay", "missing.wav"], "NoSuchFile: There is no file 'missing.wav'"),
        (["replay", "words.txt"], "NotMedia: 'words.txt' cannot be read as audio or video"),
        (["replay", "/no/where/missing.wav"], "NoSuchFile: There is no file '/no/where/missing.wav'.\n"),
        (["replay", "{talk}", "--url", "http://lab:1"], "ConsentMissing: Emotion Logic is at 'lab'"),
        (["replay", "{talk}", "--url", "http://lab:1"], 'Say on what basis: --consent "...", in your own words'),
        (["replay", "{talk}", "--url", "lab#1"], "AddressRefused: --url lab#1 is no address"),
        (["dataset", "{sample}", "--folder", "x", "--sessions", "0"], "SettingsError: --sessions 0 is not legal here"),
        (
            ["export", "words.txt"],
            "CassetteUnplayable: The cassette 'words.txt' cannot be played: it is no journal (",
        ),
        (
            ["replay", "{talk}", "--url", "http://127.0.0.1:9"],
            "ServerUnreachable: Nothing answers at http://127.0.0.1:9",
        ),
        (["replay", "{talk}", "--speed", "0.1"], "SettingsError: --speed 0.1 is not legal here"),
    ],
)
def test_errors_are_one_sentence(tmp_path, sample, arguments, sentence):
    """What goes wrong is one sentence on standard error and exit code 1, without a traceback."""
    (tmp_path / "words.txt").write_text("words " * 500)
    done = run(*(argument.format(talk=sample / "talk.wav", sample=sample) for argument in arguments), folder=tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_warning_is_a_note(capsys):
    """A warning is one line on standard error, and afterwards warnings are shown as before."""
    before = warnings.showwarning
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        shown = warnings.showwarning
        with errors_as_sentences():
            warnings.warn("the disk is slow", UserWarning, stacklevel=1)
        assert warnings.showwarning is shown
    assert warnings.showwarning is before
    assert capsys.readouterr().err == "Note: the disk is slow\n"


def test_an_error_of_this_package_is_exit_code_1(capsys):
    """It is printed with its name; any other exception is passed on as it is."""
    error = SettingsError(setting="speed", value=0, rule="it must be positive")
    with pytest.raises(typer.Exit) as ended, errors_as_sentences():
        raise error
    assert (ended.value.exit_code, ended.value.__cause__) == (1, error)
    assert capsys.readouterr().err == "SettingsError: --speed 0 is not legal here: it must be positive.\n"
    with pytest.raises(ZeroDivisionError), errors_as_sentences():
        raise ZeroDivisionError
    assert capsys.readouterr().err == ""


def test_an_interrupt_is_exit_code_130(capsys, tmp_path):
    """After Ctrl-C the exit code is that of shells, and what had arrived is named as a file, not as an attribute."""
    error = ReplayInterrupted(sent=3.0)
    error.replay = SimpleNamespace(journal=tmp_path / "talk.jsonl")
    with pytest.raises(typer.Exit) as ended, errors_as_sentences():
        raise error
    assert ended.value.exit_code == 130
    said = capsys.readouterr().err
    assert said.endswith(f"What had arrived is in the journal {tmp_path / 'talk.jsonl'}.\n")
    assert ".replay" not in said


@pytest.mark.parametrize("kind", SENTENCES, ids=lambda kind: kind.__name__)
def test_a_stored_sentence_in_words_of_the_shell(kind):
    """What a run has stored of a failure is printed as the failure itself would be, numbers of support included."""
    for more in ({}, {"correlation_id": "abc-7"}):
        error = kind(**SENTENCES[kind][0] | more)
        said = stored_in_shell(kind.__name__, str(error))
        if kind.__name__ not in ("AddressRefused", "IsFolder", "NoSuchFile"):  # what is in quotes stays in quotes
            assert said == error.in_shell()
        assert "emo." not in said
        assert "url=" not in said


@pytest.mark.parametrize("name", ["ServerUnreachable", "NoSuchError", "EmotoolkitError"])
def test_a_sentence_of_another_version(name):
    """One that is not made by this version's template stays as it is."""
    assert stored_in_shell(name, "Nobody is there: url=.") == "Nobody is there: url=."
