"""Benchmarks: each is a ratio against a peer in the same minute on the same machine. `make bench` runs all."""
