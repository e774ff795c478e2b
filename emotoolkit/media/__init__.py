"""Recordings, and the packets and segments made from them."""
