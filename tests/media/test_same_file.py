"""Which paths mean one recording."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as some

from emotoolkit.media.same_file import count_common_parts, is_other_recording

PARTS = some.lists(some.sampled_from(["eva", "tom", "t.wav", "سلام.wav"]), min_size=1, max_size=4)


@dataclass
class Named:
    file: str
    duration: float = 10.0


@given(one=PARTS, other=PARTS, end=PARTS)
def test_what_two_paths_share(one, other, end):
    """It is the same either way, whichever the slashes, and at least the end that both were given."""
    left, right = "/".join([*one, *end]), "\\".join([*other, *end])
    assert count_common_parts(left, right) == count_common_parts(right, left) >= len(end)
    assert count_common_parts(left, f"./{left}") == count_common_parts(left, f"//moved/{left}") == len(one + end)


@pytest.mark.parametrize(
    ("one", "other", "another"),
    [
        (Named("t.wav"), Named("s.wav"), True),
        (Named("eva/t.wav"), Named("tom/t.wav", 12.0), True),
        (Named("eva/t.wav"), Named("tom/t.wav", 10.2), False),
        (Named("eva/t.wav"), Named("/moved/eva/t.wav", 12.0), False),
        (Named("t.wav"), Named("tom/t.wav", 12.0), False),
        (Named("old/a/t.wav", 2.0), Named("new/a/t.wav", 30.0), False),
        (Named("eva/t.wav"), Named("C:\\eva\\t.wav", 12.0), False),
    ],
)
def test_of_another(one, other, another):
    """Another name is another recording; in another folder only what is not as long."""
    assert is_other_recording(one, other) == is_other_recording(other, one) == another
