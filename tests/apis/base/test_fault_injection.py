"""Faults, applied to answers."""

from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.fault_injection import DelayedMessage, FaultInjector, Faults


@given(st.lists(st.text()), st.integers(0, 4), st.integers(0))
def test_no_answer_is_lost(answers, shuffle, seed):
    """Law: whatever the order, each answer is sent once."""
    injector = FaultInjector(Faults(shuffle=shuffle, seed=seed), "?")
    sent = [each for answer in answers for each in injector.apply(answer)] + injector.flush()
    assert sorted(each.answer for each in sent) == sorted(answers)
    if not shuffle:
        assert [each.answer for each in sent] == answers


def test_each_fault():
    """Late, twice, torn, with something unknown before it, with a flood behind the first."""
    assert FaultInjector(Faults(), "?").apply("a") == [DelayedMessage(0.0, "a")]
    assert FaultInjector(Faults(delay=0.5), "?").apply("a") == [DelayedMessage(0.5, "a")]
    assert FaultInjector(Faults(twice=True), "?").apply("a") == [DelayedMessage(0.0, "a"), DelayedMessage(0.0, "a")]
    assert FaultInjector(Faults(unknown=True), "?").apply("a") == [DelayedMessage(0.0, "?"), DelayedMessage(0.0, "a")]
    torn = FaultInjector(Faults(tear=2), "?")
    assert [torn.apply(answer)[0].torn for answer in "abc"] == [False, True, False]
    flood = FaultInjector(Faults(flood=3), "?")
    assert [len(flood.apply(answer)) for answer in "ab"] == [4, 1]
    late = [FaultInjector(Faults(delay=1.0, jitter=2.0, seed=seed), "?").apply("a")[0].wait for seed in range(20)]
    assert min(late) >= 1.0
    assert max(late) <= 3.0
    assert len(set(late)) == 20


def test_repr_is_short():
    """Only what is done wrong is shown."""
    assert repr(Faults()) == "Faults()"
    assert repr(Faults(drop=3.0, twice=True)) == "Faults(drop=3.0, twice=True)"
