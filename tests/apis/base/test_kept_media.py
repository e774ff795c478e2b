"""What a server keeps of the media that it receives is within a limit, and for the user alone."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.base.kept_media import KeptMedia, UploadBudget


def test_the_limit_of_a_folder(tmp_path, caplog):
    """What fits is kept byte for byte; from the first piece that does not, nothing is, which is logged once."""
    kept = KeptMedia(tmp_path / "new" / "kept", 10)
    with caplog.at_level(logging.WARNING):
        for name, data in (
            ("a.pcm", b"1234"),
            ("b/1.bin", b"567"),
            ("a.pcm", b"890"),
            ("a.pcm", b"x"),
            ("b/2.bin", b""),
        ):
            kept.append(name, data)
    files = {str(each.relative_to(tmp_path)): each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    assert files == {"new/kept/a.pcm": b"1234890", "new/kept/b/1.bin": b"567"}
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 'new' / 'kept'} has the 10 bytes that are kept at most (limit kept): nothing more is kept there"
    ]


def test_no_folder(tmp_path):
    """A server that keeps nothing writes nothing."""
    KeptMedia(None, 10).append("a", b"1")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("large", [b"12345", b"1234567890"])
def test_a_piece_is_kept_whole_or_not_at_all(tmp_path, large):
    """No file ends in half a message, and none that came after one that was left out follows it."""
    kept = KeptMedia(tmp_path, 4)
    kept.append("a", large)
    kept.append("a", b"1")
    assert [*tmp_path.iterdir()] == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), max_size=40))
def test_a_budget_is_never_exceeded_and_never_lost(steps):
    """Law: all uploads together have at most the limit, and when all have ended there is as much as at first."""
    budget = UploadBudget(100)
    under_way = {}
    for number, size in steps:
        if number not in under_way:
            manager = budget.upload()
            under_way[number] = manager, manager.__enter__()
        elif not under_way[number][1].take(size):
            under_way.pop(number)[0].__exit__(None, None, None)
        assert sum(share.bytes for _, share in under_way.values()) <= 100
    for manager, _ in under_way.values():
        manager.__exit__(None, None, None)
    assert budget.take(100)
    assert not budget.take(1)
