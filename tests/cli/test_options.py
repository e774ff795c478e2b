"""The options of the program, and the names of APIs."""

from __future__ import annotations

import pytest
import typer

import emotoolkit as emo
from emotoolkit.apis.registry import APIS
from emotoolkit.cli.options import API_NAMES, parse_api_name, settings_class
from tests.cli.shell import run


def test_usage(tmp_path):
    """A command that does not exist is a usage error: exit code 2."""
    assert run("replai", folder=tmp_path).returncode == 2


def test_version_and_completion(tmp_path):
    """The version can be asked for, and shells complete."""
    assert run("--version", folder=tmp_path).stdout.split() == [emo.__version__]
    assert "completion" in run("--help", folder=tmp_path).stdout


@pytest.mark.parametrize("name", API_NAMES)
def test_each_api_has_a_name(name):
    """An API is chosen by its name in tables, with dashes; its settings class is that of the registry."""
    assert parse_api_name(name) == name
    assert "_" not in name
    assert settings_class(name) is APIS[name.replace("-", "_")]


def test_an_unknown_api_is_a_usage_error():
    """The message has all names that there are."""
    with pytest.raises(typer.BadParameter, match="'emotion_logic' is not one of 'emotion-logic', 'interhuman'"):
        parse_api_name("emotion_logic")
