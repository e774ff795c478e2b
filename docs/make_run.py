"""Make the README's picture of a run: `python docs/make_run.py`, from the root of the repository."""

from __future__ import annotations

import tempfile

import emotoolkit as emo


def main() -> None:
    corpus = emo.read_dataset("datasets/sample")
    run = emo.replay_dataset(corpus, emo.EmotionLogic(), folder=tempfile.mkdtemp(), speed=float("inf"))
    emo.plot_dataset(run, "energy").savefig("docs/run.png", dpi=120)


if __name__ == "__main__":
    main()
