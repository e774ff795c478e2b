"""Benchmarks: each is a ratio against a peer in the same minute on the same machine. `make bench` runs all.

Each module has `rows()`, which yields a `table.Row` for each figure as it is measured. `BENCH_RUNS` says how often (5);
the median is told, with the lowest and the highest beside it.
"""
