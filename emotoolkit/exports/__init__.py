"""Export of results to the formats of other programs, and import of labels from them.

`export` and `read_labels` are public. `formats/` has one module for each format, all with the interface
`registry.Format`: what `write` has written, `read` reads again, equal to the format's resolution. What the formats
share is pure: `labels` (the table), `tiers` (intervals that may not overlap), `escaping` (text that a format cannot
hold as it is).
"""
