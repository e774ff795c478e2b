"""Lets buttons of widgets work while a cell runs: their messages are handled in a subshell, a thread of the kernel.

JupyterLab (from 4.4) sends a widget's messages to a subshell where the kernel has them (ipykernel from 7). But
ipykernel 7.4 passes such a message to the shell that last sent on the widget's comm. For a widget made in a cell that
is the main shell, where the message waits until no cell runs. The hook here passes it to the subshell that the page
named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["receive_in_subshell"]

SUBSHELL_HOOK = "_reply_subshell_for"
"""ipykernel's hook on a comm: takes a message's data and the subshell that the page named, gives the one to use.
Kernels without it use the page's anyway."""


def receive_in_subshell(widget: ipywidgets.Widget) -> None:
    """Handle a widget's messages in the subshell that the page sends them to."""
    if hasattr(widget.comm, SUBSHELL_HOOK):
        setattr(widget.comm, SUBSHELL_HOOK, _requested_subshell)


def _requested_subshell(_data: Any, subshell: str | None) -> str | None:
    return subshell
