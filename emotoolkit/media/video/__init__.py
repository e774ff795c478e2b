"""Video segments: each picture and sample once, in containers written by a muxer."""
