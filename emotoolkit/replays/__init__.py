"""Replaying: the clock, the worker process that sends, and what the notebook holds of it."""
