"""The picture of the table: how many times better than its peer each figure is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from bench.table import FILE

OURS, WORSE = "#2a78d6", "#c05a3a"


def draw() -> None:
    """Write docs/benchmarks.png, of all rows that have a peer."""
    table = pd.read_csv(FILE).dropna(subset="ratio")
    table = table[np.isfinite(table["ratio"]) & (table["ratio"] > 0)].iloc[::-1]
    if table.empty:
        return
    fig, ax = plt.subplots(figsize=(11, 0.34 * len(table) + 1.2), layout="constrained")
    ax.set_xscale("log")
    at = np.arange(len(table))
    ax.barh(
        at, table["ratio"] - 1, left=1, color=[OURS if ratio >= 1 else WORSE for ratio in table["ratio"]], height=0.62
    )
    ax.axvline(1, color="black", linewidth=0.8)
    ax.set_yticks(at, [f"{row.what}" for row in table.itertuples()], fontsize="small")
    for y, row in zip(at, table.itertuples(), strict=True):
        told = f" {row.ratio:.3g}×   {row.ours:.3g} {row.unit} beside {row.peer:.3g}, {row.against}"
        ax.text(max(row.ratio, 1), y, told, va="center", fontsize="x-small")
    ax.set_xlim(right=max(10.0, table["ratio"].max()) ** 2.3)
    ax.set_xlabel("times better than the peer in the same run (median)", fontsize="small")
    ax.set_title("Benchmarks", loc="left", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize="small")
    fig.savefig(FILE.with_suffix(".png"), dpi=110)
    plt.close(fig)
