"""Run the benchmarks and print one table; it is also written to `bench/results.csv`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from bench import face, measures, pace


def main() -> None:
    rows = [*measures.rows(), *face.rows(), *pace.rows()]
    table = pd.DataFrame(rows, columns=["what", "ours", "peer", "unit", "ratio", "against"])
    print(table.to_string(index=False))
    table.to_csv(Path(__file__).with_name("results.csv"), index=False)


if __name__ == "__main__":
    main()
