"""How many examples a law is tried on: three in ten of them in `make test`, all of them in `make soak`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

__all__ = ["examples", "register_profiles"]

ALL = 100
"""Hypothesis's own number, for a law that says nothing else."""


def register_profiles() -> None:
    """Make both profiles known; without one on the command line it is `brief`.

    How long an example takes says how busy the machine is, and nothing about the code.
    """
    unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("thorough", unhurried, max_examples=ALL)
    settings.register_profile("brief", unhurried, max_examples=3 * ALL // 10)
    if settings.get_current_profile_name() != "thorough":
        settings.load_profile("brief")


def examples(thorough: int) -> int:
    """How many of this many examples the chosen profile takes."""
    return max(1, thorough * settings().max_examples // ALL)
