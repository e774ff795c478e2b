"""What leaves for other programs, and labels that come from them.

`export` and `read_labels` are the doors. One file a format in `formats/`, all of the same shape (`registry.Format`):
what `write` puts out, `read` takes in again, equal to the format's resolution. What they share is pure: `labels` (the
table), `tiers` (what may not overlap), `escaping` (text that a format cannot hold as it is).
"""
