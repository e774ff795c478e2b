"""A widget's messages are heard where the page sends them, whoever last spoke on its comm."""

from __future__ import annotations

import ipywidgets
import pytest

from emotoolkit.utils.subshells import SUBSHELL_HOOK, receive_in_subshell

kernel_comm = pytest.importorskip("ipykernel.comm.comm")


@pytest.fixture
def button():
    """A widget on a comm as a kernel has it; that no kernel runs makes it silent."""
    widget = ipywidgets.Button()
    widget.comm = kernel_comm.BaseComm(primary=False, comm_id="c")
    yield widget
    widget.comm = None


def test_the_page_is_gone_by(button):
    """Though the main loop spoke last, a message goes to the subshell that the page named; without one to the main."""
    if not hasattr(button.comm, SUBSHELL_HOOK):
        pytest.skip("this ipykernel goes by the page's word anyhow")
    button.comm._reply_subshell_id = None  # as a message does that a cell sends
    assert getattr(button.comm, SUBSHELL_HOOK)({"method": "custom"}, "subshell-1") is None
    receive_in_subshell(button)
    assert getattr(button.comm, SUBSHELL_HOOK)({"method": "custom"}, "subshell-1") == "subshell-1"
    assert getattr(button.comm, SUBSHELL_HOOK)({"method": "custom"}, None) is None


def test_other_widgets_are_left_alone(button):
    """It is said of one widget's comm, not of all there are."""
    other = kernel_comm.BaseComm(primary=False, comm_id="d")
    before = getattr(other, SUBSHELL_HOOK, None)
    receive_in_subshell(button)
    assert getattr(other, SUBSHELL_HOOK, None) == before


def test_without_a_kernel_there_is_nothing_to_do():
    """A widget that no page shows, or that is closed, is left as it is."""
    widget = ipywidgets.Button()
    before = dict(vars(widget.comm))
    receive_in_subshell(widget)
    assert vars(widget.comm) == before
    widget.close()
    receive_in_subshell(widget)
    assert widget.comm is None
