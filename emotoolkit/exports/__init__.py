"""What leaves for other programs, and labels that come from them.

`export` (in `writing`) and `read_labels` (in `reading`) are the doors. One file a format, all of the same shape
(`formats.Format`): what `write` puts out, `read` takes in again, equal to the format's resolution. What they share is
pure: `labels` (the table), `tiers` (what may not overlap), `words` (text that a format cannot hold as it is).
"""
