"""The APIs that recordings are replayed through: one folder each, alike inside, and what they share in `base`."""
