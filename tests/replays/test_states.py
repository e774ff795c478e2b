"""The page of prose on the states names what exists, and every state of each enumeration."""

import re
from dataclasses import asdict
from importlib import import_module

import pytest

from emotoolkit.replays import states
from emotoolkit.replays.engine import ActiveReplay
from emotoolkit.replays.session_group import SessionGroup
from emotoolkit.replays.states import GroupState, ReplayState, SessionState, Status

CLASSES = {"ActiveReplay": ActiveReplay, "SessionGroup": SessionGroup}


@pytest.mark.parametrize("kind", [ReplayState, GroupState, SessionState])
def test_every_state_is_explained(kind):
    """Each state of an enumeration is in the prose, under the heading of its enumeration."""
    section = states.__doc__.partition(f"`{kind.__name__}`\n")[2]
    assert section
    assert {state.name for state in kind} <= {*re.findall(r"[A-Z_]{4,}", section)}


def test_the_prose_names_what_exists():
    """Each class, method and module in backticks exists, also after a renaming."""
    names = re.findall(r"`([\w.]+)`", states.__doc__)
    parts = [name.split(".")[-2:] for name in names if "." in name]
    methods = [part for part in parts if part[0] in CLASSES]
    assert len(methods) >= 8
    for owner, method in methods:
        assert hasattr(CLASSES[owner], method), f"{owner}.{method}"
    guard = next(name for name in names if name.endswith("IdleGuard"))
    module, _, name = guard.rpartition(".")
    assert hasattr(import_module(f"emotoolkit.replays.{module}"), name)


def test_a_status_is_what_a_page_gets():
    """A status becomes JSON by its fields alone."""
    assert asdict(Status(1.5, "paused")) == {"position": 1.5, "state": "paused"}
