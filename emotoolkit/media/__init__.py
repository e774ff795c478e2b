"""Recordings, and the packets and segments that are cut from them."""
