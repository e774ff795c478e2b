"""Words of a shell: read into fields by their types."""

from __future__ import annotations

from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.fault_injection import Faults
from emotoolkit.apis.base.option_words import read_words
from emotoolkit.errors import SettingsError

NUMBERS = st.floats(0, 100)
FAULTS = st.builds(
    Faults,
    delay=NUMBERS,
    refuse=st.booleans(),
    drop=st.none() | NUMBERS,
    close_frame=st.booleans(),
    shuffle=st.integers(0, 5),
    error=st.none() | st.text("ih0123456789", min_size=1),
    lose=st.none() | st.tuples(NUMBERS.map(round), NUMBERS.map(round)),
    seed=st.integers(0),
)


class Several(msgspec.Struct, frozen=True):
    """A field of each type."""

    sure: bool = False
    count: int = 0
    seconds: float = 0.0
    until: float | None = None
    name: str | None = None
    kind: Literal["this", "that"] = "this"
    span: tuple[float, float] | None = None


def word(name, value) -> str:
    """Write a value as a shell does."""
    return f"{name}={'-'.join(map(str, value)) if isinstance(value, tuple) else value}"


@given(FAULTS)
def test_words_say_it_all(faults):
    """Law: what is written as words is read as the same faults."""
    words = [word(name, value) for name, value in msgspec.structs.asdict(faults).items() if value is not None]
    assert read_words(Faults, words) == faults


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ([], Several()),
        (["sure"], Several(sure=True)),
        (["sure=Yes", "count=3", "seconds=3"], Several(sure=True, count=3, seconds=3.0)),
        (["sure=yes", "sure=no"], Several()),
        (["until=inf", "name=3", "kind=that"], Several(until=float("inf"), name="3", kind="that")),
        (["span=3-6.5", "name=a=b"], Several(span=(3.0, 6.5), name="a=b")),
    ],
)
def test_each_type(words, read):
    """A value is read by the type of its field; of two for the same field, the last counts."""
    assert read_words(Several, words) == read


@pytest.mark.parametrize(
    ("word", "rule"),
    [
        ("color=red", "there are sure, count, seconds, until, name, kind, span"),
        ("sure=perhaps", "sure takes yes or no"),
        ("count=1.5", "count takes a whole number"),
        ("seconds=soon", "seconds takes a number"),
        ("until", "until takes a number"),
        ("span=5", r"span takes two seconds, such as 3-6\.5"),
    ],
)
def test_what_no_field_takes(word, rule):
    """A name that there is not, or a value of the wrong type, is said to be wrong, with what would be right."""
    with pytest.raises(SettingsError, match=f"several='{word}' is not legal here: {rule}"):
        read_words(Several, [word])


@pytest.mark.parametrize("word", ["explode=1", "delay=soon", "shuffle=1.5", "refuse=perhaps", ""])
def test_what_is_no_fault(word):
    """The same of faults."""
    with pytest.raises(SettingsError, match="faults="):
        read_words(Faults, [word])
