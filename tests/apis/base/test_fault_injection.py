"""Faults: done to answers."""

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.fault_injection import Faults, Mouth, Said


@given(st.lists(st.text()), st.integers(0, 4), st.integers(0))
def test_no_answer_is_lost(answers, shuffle, seed):
    """Law: whatever the order, each answer leaves once."""
    mouth = Mouth(Faults(shuffle=shuffle, seed=seed), "?")
    said = [each for answer in answers for each in mouth.say(answer)] + mouth.rest()
    assert sorted(each.answer for each in said) == sorted(answers)
    if not shuffle:
        assert [each.answer for each in said] == answers


def test_each_fault():
    """Late, twice, torn, with something unknown before it, with a flood behind the first."""
    assert Mouth(Faults(), "?").say("a") == [Said(0.0, "a")]
    assert Mouth(Faults(delay=0.5), "?").say("a") == [Said(0.5, "a")]
    assert Mouth(Faults(twice=True), "?").say("a") == [Said(0.0, "a"), Said(0.0, "a")]
    assert Mouth(Faults(unknown=True), "?").say("a") == [Said(0.0, "?"), Said(0.0, "a")]
    torn = Mouth(Faults(tear=2), "?")
    assert [torn.say(answer)[0].torn for answer in "abc"] == [False, True, False]
    flood = Mouth(Faults(flood=3), "?")
    assert [len(flood.say(answer)) for answer in "ab"] == [4, 1]
    late = [Mouth(Faults(delay=1.0, jitter=2.0, seed=seed), "?").say("a")[0].wait for seed in range(20)]
    assert min(late) >= 1.0
    assert max(late) <= 3.0
    assert len(set(late)) == 20


def test_repr_is_short():
    """Only what is done wrong is shown."""
    assert repr(Faults()) == "Faults()"
    assert repr(Faults(drop=3.0, twice=True)) == "Faults(drop=3.0, twice=True)"
