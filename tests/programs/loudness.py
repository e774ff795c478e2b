"""What a researcher does with an API that another package brings: `python -m tests.programs.loudness WHAT FOLDER`."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from emotoolkit_loudness import Loudness

import emotoolkit as emo
from emotoolkit.apis.base.journal import Reference
from emotoolkit.exports import registry
from emotoolkit.views.view_log import ValuesEntry

SAMPLE = Path("datasets/sample")
TALK = SAMPLE / "talk.wav"
INTERVIEW = SAMPLE / "interview.mp4"
LABEL = "local measurement (emotoolkit-loudness 1.0)"
HURRIED = {"speed": math.inf, "progress": False}


def replay(folder: Path) -> None:
    """Its table has the levels that NumPy measures in what was sent, with their unit and who measured."""
    voice = emo.replay(TALK, Loudness(), journal=folder, **HURRIED)
    sent = b"".join(packet.data for packet in Loudness().packets(emo.Recording(TALK)))
    samples = np.frombuffer(sent, "<i2").astype(float) / 32_768
    whole = samples[: len(samples) // 16_000 * 16_000].reshape(-1, 16_000)
    loud = 10 * np.log10(np.maximum((whole**2).mean(axis=1), 1e-12))
    (expected,) = np.nonzero(loud >= -60)
    assert voice.segments.index.get_level_values("start").total_seconds().tolist() == expected.tolist()
    assert np.allclose(voice.segments["level"], loud[expected], atol=1e-6)
    assert 0 < len(expected) < len(loud)  # there are pauses, and of these nothing is said
    assert voice.complete
    assert voice.source == LABEL
    assert voice.segments.attrs == {"units": {"level": "dBFS, 0 is full scale"}, "source": LABEL, "api": "loudness"}
    assert list(voice.events["kind"].unique()) == ["started", "level", "done"]
    assert voice.segments.equals(emo.Replay.read(voice.journal).segments)
    assert ("Loudness column", "level") in emo.measures().index
    assert len(emo.plan(pd.DataFrame({"file": [str(TALK)]}), Loudness()).refused) == 0


def cassette(folder: Path) -> None:
    """What was recorded is played again, value for value, whatever the packets are."""
    first = emo.replay(TALK, Loudness(), journal=folder, **HURRIED)
    for again in (emo.Cassette(folder), emo.Cassette(first.journal, api=Loudness(packet=0.1))):
        played = emo.replay(TALK, again, **HURRIED)
        pd.testing.assert_frame_equal(played.segments, first.segments)
        assert played.source == LABEL
    packed = emo.export(first, "cassettes", folder)
    pd.testing.assert_frame_equal(emo.replay(TALK, emo.Cassette(packed[0]), **HURRIED).segments, first.segments)


def player(folder: Path) -> None:
    """Beside the two others it runs on their clock; a view shows it while it plays."""
    three = emo.Player(INTERVIEW, [emo.EmotionLogic(), emo.Interhuman(), Loudness()], speed=8, journal=folder)
    view = emo.live(three, timeline="plain")
    three.start()
    replays = three.wait()
    assert [each.api for each in replays] == ["emotion_logic", "interhuman", "loudness"]
    assert all(each.complete for each in replays)
    clocks = [[record for record in each.records if isinstance(record, Reference)] for each in replays]
    assert clocks[0] == clocks[1] == clocks[2]
    loud = replays[2]
    assert len(loud.segments)
    assert loud.events["latency"].max() < 5
    (feed,) = view._feeds
    while feed.refresh():
        pass
    lane = feed.log.lanes["loudness", "parameter", "level"]
    assert lane.unit == "dBFS, 0 is full scale"
    assert feed.log.sources["loudness"] == LABEL
    values = [entry.values for entry in feed.log.entries if isinstance(entry, ValuesEntry)]
    shown = [number for each in values for number, _ in each if number == lane.number]
    assert len(shown) == len(loud.segments)
    view.close()
    emo.live(loud, emo.Recording(INTERVIEW), timeline="plain").close()
    _plots(replays)


def _plots(replays: list[emo.Replay]) -> None:
    """It has its rows in the pictures, under its own name."""
    voice, face, loud = replays
    titles = [ax.get_title(loc="left") or ax.get_title() for ax in emo.plot_timeline(INTERVIEW, *replays).axes]
    assert f"Loudness · {LABEL}" in titles
    cells = emo.plot_compare(face, loud).axes[0]
    assert [each.get_text() for each in cells.get_yticklabels()] == ["level"]
    legend = emo.plot_compare(loud, loud).axes[0].get_legend()
    assert legend.get_title().get_text() == "level\nmean difference 0"
    nothing = emo.plot_compare(voice, loud).axes[0]
    assert "nothing in common" in nothing.texts[0].get_text()
    emo.plot_parameters(loud.segments)
    emo.plot_pace(*replays)
    emo.plot_latency(*replays)


def export(folder: Path) -> None:
    """Each format takes it, and what comes back from a file of tiers is this API's."""
    loud = emo.replay(TALK, Loudness(), journal=folder, **HURRIED)
    for name in registry.FORMAT_MODULES:
        written = emo.export(loud, name, folder / name)
        assert all(Path(path).stat().st_size for path in written)
    back = emo.read_labels(next((folder / "eaf").glob("*.eaf")))
    assert {*back["api"]} == {"loudness"}
    assert np.allclose(sorted(back["value"]), sorted(loud.segments["level"]), atol=1e-3)
    assert len((folder / "rttm" / "talk.rttm").read_text().splitlines()) == len(loud.segments)


def dataset(folder: Path) -> None:
    """A run over a dataset, and again: the second call sends nothing. Its name and version are in the run's file."""
    corpus = pd.read_csv(folder / "corpus.csv")
    told = {"folder": folder / "run", "sessions": 2, "progress": False}
    run = emo.replay_dataset(corpus, Loudness(url=sys.argv[3], stretch=0.5), speed=float(sys.argv[4]), **told)
    if sys.argv[4] != "inf":
        return
    assert run.failures.empty
    again = emo.replay_dataset(corpus, Loudness(url=sys.argv[3], stretch=0.5), speed=math.inf, **told)
    assert again.provenance["sent_now"] == 0
    assert run.provenance["libraries"]["emotoolkit-loudness"] == "1.0"
    assert run.segments.attrs["units"]["level"] == "dBFS, 0 is full scale"
    whole = pd.concat([emo.replay(file, Loudness(stretch=0.5), **HURRIED).segments for file in corpus["file"]])
    assert np.allclose(sorted(run.segments["level"]), sorted(whole["level"]))
    assert "level" in emo.plot_dataset(run).axes[0].get_title(loc="left")


def light(folder: Path) -> None:
    """The process that sends imports neither pandas nor OpenCV for it, as for ours."""
    del folder
    code = "import emotoolkit_loudness.api, sys; sys.exit(bool({'pandas', 'matplotlib', 'cv2'} & {*sys.modules}))"
    subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]))
