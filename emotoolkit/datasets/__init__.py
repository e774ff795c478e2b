"""Datasets: tables of recordings and labels, read from manifests, folders and the layouts that corpora come in."""
