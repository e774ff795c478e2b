"""The APIs that recordings are replayed through: one folder each, with the same file names, and `base`."""
