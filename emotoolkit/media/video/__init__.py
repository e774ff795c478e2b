"""Films cut into segments: each picture once, in containers that a muxer made."""
