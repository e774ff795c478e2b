"""A file's checksum is that of its bytes now, whatever it is called and whatever was read before."""

from __future__ import annotations

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.utils.checksum import sha256, sha256_in_background

PATIENCE = 30.0


@given(st.binary(max_size=200), st.booleans())
def test_it_is_the_sha256_of_the_bytes(tmp_path_factory, data, promise):
    """Law: at once or promised, it is what hashlib makes of the bytes; a promise says how many they are."""
    path = tmp_path_factory.mktemp("sum") / "a.bin"
    path.write_bytes(data)
    expected = hashlib.sha256(data).hexdigest()
    if promise:
        assert sha256_in_background(path).result(PATIENCE) == (expected, len(data))
    assert sha256(path) == expected


def test_the_empty_file_has_the_known_sum(tmp_path):
    """The SHA-256 of nothing, as the standard has it."""
    (tmp_path / "a").touch()
    assert sha256(tmp_path / "a") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_changed_file_has_another_sum(tmp_path):
    """Bytes of the same number under the same name are seen to be others, even if their time is set back."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"first")
    before, facts = sha256(path), path.stat()
    path.write_bytes(b"other")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    assert sha256(path) == hashlib.sha256(b"other").hexdigest() != before


def test_a_name_is_read_from_where_one_is(tmp_path, monkeypatch):
    """The same relative name in another folder is another file."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.bin").write_text(name)
        os.utime(tmp_path / name / "a.bin", ns=(0, 0))
    found = []
    for name in ("one", "two"):
        monkeypatch.chdir(tmp_path / name)
        found.append(sha256((tmp_path / name / "a.bin").relative_to(tmp_path / name)))
    assert found == [hashlib.sha256(name.encode()).hexdigest() for name in ("one", "two")]


def test_a_file_that_is_not_there(tmp_path):
    """At once it is an error; a promise of it is kept with None, and those after it are kept as well."""
    with pytest.raises(FileNotFoundError):
        sha256(tmp_path / "gone")
    (tmp_path / "a").write_bytes(b"a")
    gone, there = sha256_in_background(tmp_path / "gone"), sha256_in_background(tmp_path / "a")
    assert gone.result(PATIENCE) is None
    assert there.result(PATIENCE) == (hashlib.sha256(b"a").hexdigest(), 1)


def test_promises_that_are_taken_back_hold_nobody_up(tmp_path):
    """Of many that are asked for, some cancelled, all others are kept."""
    (tmp_path / "a").write_bytes(bytes(1_000_000))
    promises = [sha256_in_background(tmp_path / "a") for _ in range(20)]
    cancelled = [promise.cancel() for promise in promises[10:]]
    kept = [promise for promise, gone in zip(promises, [False] * 10 + cancelled, strict=True) if not gone]
    assert {promise.result(PATIENCE) for promise in kept} == {(hashlib.sha256(bytes(1_000_000)).hexdigest(), 1_000_000)}
