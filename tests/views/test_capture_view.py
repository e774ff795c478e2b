"""The view of a live recording: devices, progress without an end, and no medium yet."""

import emotoolkit as emo
from emotoolkit.views.live_view import live
from tests.replays.test_live_player import rehearsal, until


def test_a_rehearsal(sample, tmp_path):
    """The view starts and stops the recording, and its time axis grows."""
    player = emo.Player(rehearsal(sample, tmp_path), emo.EmotionLogic())
    for timeline in ("plain", "synced"):
        view = live(player, timeline=timeline)
        watched = view._sources[0]
        assert (watched.duration, watched.recorder, watched.recording) == (30, None, None)
        assert watched.status().state == "ready"
        view.close()
    watched.play()
    until(lambda: player.sent > 1)
    assert watched.status().state == "playing"
    watched.stop()
    (voice,) = player.wait()
    assert voice.complete


def test_the_recorder_is_part_of_it(tmp_path):
    """What a page records with is shown first, and outlives the view."""
    source = emo.camera(tmp_path / "a.webm", via="browser")
    view = live(emo.Player(source, emo.Interhuman()))
    assert view.children[0] is source.widget
    assert source.widget.destinations == "Interhuman on this machine"
    view.close()
    assert source.widget.comm is not None
    source.widget.close()
