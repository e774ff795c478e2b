"""A preview is made once, however many pages request it, and none after the view was closed."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress

from emotoolkit.utils.folders import scratch_folder
from emotoolkit.views import playable_medium, preview_file
from emotoolkit.views.playable_medium import PlayableMedium


def test_two_pages_ask_for_the_preview_at_once(talk, monkeypatch):
    """The second page finds it started: there is one folder, and one thread that writes into it."""
    both, folders, written = threading.Barrier(2), [], []

    @contextmanager
    def folder():
        with scratch_folder() as made:
            folders.append(made)
            with suppress(threading.BrokenBarrierError):  # the lock keeps the other thread out
                both.wait(0.5)
            yield made

    monkeypatch.setattr(playable_medium, "scratch_folder", folder)
    monkeypatch.setattr(preview_file, "write_preview", lambda _recording, path, _reached: written.append(path))
    shown = PlayableMedium(talk)
    pages = [threading.Thread(target=shown.make_preview, args=("Not played",)) for _ in range(2)]
    for page in pages:
        page.start()
    for page in pages:
        page.join()
    shown.close()
    assert len(folders) == len(written) == 1
    assert not folders[0].exists()


def test_a_page_asks_for_the_preview_when_the_view_is_closed(talk):
    """Nothing is started that would not be removed."""
    shown = PlayableMedium(talk)
    shown.close()
    shown.make_preview("Not played")
    assert (shown._preview_thread, shown._folder, shown.path) == (None, None, talk.path)
