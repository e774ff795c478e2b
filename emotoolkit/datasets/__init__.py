"""Datasets: tables of recordings and labels, read from manifests, folders and corpora of known layouts."""
