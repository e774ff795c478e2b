"""Why buttons of core widgets work while a cell runs: their messages are heard in a subshell, a thread of the kernel.

JupyterLab (from 4.4) sends what widgets say to a subshell where the kernel has some (ipykernel from 7). But ipykernel
7.4 hands such a message to the loop that last spoke on the widget's comm, which for a widget made in a cell is the
main one: there it waits until no cell runs. Our widgets take their messages where the page sends them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ipywidgets

__all__ = ["receive_in_subshell"]

SUBSHELL_HOOK = "_reply_subshell_for"
"""ipykernel's hook on a comm: takes a message's data and the subshell that the page named, gives the one that hears it.
Kernels without it go by the page's word anyhow."""


def receive_in_subshell(widget: ipywidgets.Widget) -> None:
    """Let a widget's messages be heard in the subshell that the page sends them to."""
    if hasattr(widget.comm, SUBSHELL_HOOK):
        setattr(widget.comm, SUBSHELL_HOOK, _requested_subshell)


def _requested_subshell(_data: Any, subshell: str | None) -> str | None:
    return subshell
