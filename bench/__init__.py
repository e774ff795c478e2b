"""Benchmarks: each is a ratio against a peer in the same minute on the same machine. `make bench` runs all.

Each module has `rows()`, which yields what `table.Row` is made of as it is measured. `BENCH_RUNS` says how often each is
measured (5); the median is told, with the lowest and the highest beside it.
"""
