"""Make the README's picture of a run: `python docs/make_run.py`, from the root of the repository."""

from __future__ import annotations

import tempfile

import matplotlib as mpl

import emotoolkit as emo

mpl.use("agg")

from matplotlib import pyplot as plt


def main() -> None:
    corpus = emo.read_dataset("datasets/sample")
    run = emo.replay_dataset(corpus, emo.EmotionLogic(), folder=tempfile.mkdtemp(), speed=float("inf"))
    figure, axes = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained", sharey=True)
    segments = run.segments.reset_index()
    names = [name.rpartition("/")[2] for name in run.summary.index]
    for ax, parameter in zip(axes, ("energy", "voiceEnergy"), strict=True):
        values = [segments.loc[segments["file"] == file, parameter] for file in run.summary.index]
        ax.boxplot(values, orientation="horizontal", tick_labels=names, widths=0.5)
        for row, each in enumerate(values, start=1):
            ax.plot(each, [row] * len(each), ".", alpha=0.5)
        ax.set_title(f"{parameter} of each segment", loc="left", fontsize="medium")
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{len(run)} recordings, {run.source}", fontsize="small", x=0.01, ha="left")
    figure.savefig("docs/run.png", dpi=120)


if __name__ == "__main__":
    main()
