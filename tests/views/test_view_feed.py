"""The log of a recording is updated on request, in batches, once for all readers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import emotoolkit as emo
from emotoolkit.views import view_feed
from emotoolkit.views.view_feed import Feed
from emotoolkit.views.view_log import MessageEntry
from emotoolkit.views.view_sources import ReplaySource
from tests.support.journals import emotion_logic, write


@pytest.fixture
def replay(tmp_path):
    """A journal of twenty messages, read."""
    rows = [{"index": n, "channel": 0, "startPosSec": n, "endPosSec": n + 1, "energy": n} for n in range(20)]
    return emo.Replay.read(write(tmp_path / "j.jsonl", emotion_logic("a.wav", 30.0, *rows)))


def messages(feed):
    return [entry for entry in feed.log.entries if isinstance(entry, MessageEntry)]


def test_nothing_is_read_before_it_is_requested(replay, monkeypatch):
    """A refresh adds one batch of records, and reports whether there are more."""
    monkeypatch.setattr(view_feed, "MAX_BATCH_RECORDS", 10)
    feed = Feed(ReplaySource(None, [replay]))
    assert feed.log.entries == []
    more = [feed.refresh() for _ in range(4)]
    assert more == [True, True, False, False]
    assert len(messages(feed)) == 20


def test_entries_from_an_index_on(replay):
    """A reader gets the entries that it does not have, a limited number at once."""
    feed = Feed(ReplaySource(None, [replay]))
    first = feed.entries(0, 5)
    rest = feed.entries(5, 10_000)
    assert len(first) == 5
    assert first + rest == feed.log.entries
    assert feed.entries(len(feed.log.entries), 5) == []


def test_several_readers_at_once(replay, monkeypatch):
    """However many threads refresh it, each record is added once and in order."""
    monkeypatch.setattr(view_feed, "MAX_BATCH_RECORDS", 1)
    feed = Feed(ReplaySource(None, [replay]))
    with ThreadPoolExecutor(8) as readers:
        list(readers.map(lambda _: feed.refresh(), range(100)))
    assert [entry.received for entry in messages(feed)] == sorted(entry.received for entry in messages(feed))
    assert len(messages(feed)) == feed.log.message_count == 20
    assert feed.status().state == "ended"
