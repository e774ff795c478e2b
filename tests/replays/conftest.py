"""Fixtures of the tests of the engine and of the worker."""

import pytest

from tests.support.engine_stage import made_stage


@pytest.fixture
def stage(tmp_path):
    """A worker on a fake time; see `made_stage`."""
    return made_stage(tmp_path)
