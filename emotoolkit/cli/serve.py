"""`emotoolkit serve`: a local server by itself."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emotoolkit.cli.errors import sentences
from emotoolkit.cli.options import ApiName, app

if TYPE_CHECKING:
    from collections.abc import Sequence


@app.command()
def serve(
    api: Annotated[ApiName, typer.Argument(help="Which protocol.")],
    port: Annotated[int | None, typer.Option(help="Port on 127.0.0.1; without it, the protocol's usual one.")] = None,
    keep: Annotated[Path | None, typer.Option(help="Folder in which received media are kept.")] = None,
    fault: Annotated[
        list[str] | None, typer.Option(help="What it does wrong, such as drop=12 or delay=0.2; may be repeated.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Emotion Logic: a manner, such as headers=once; may be repeated.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Interhuman: which server it plays, reference, quickstart, v2 or v0.")
    ] = None,
    refuse: Annotated[
        list[str] | None, typer.Option(help="Interhuman: continuations, restarts or mp4v; may be repeated.")
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option(help="Interhuman: a limit, such as idle=20; may be repeated.")
    ] = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Interhuman: let in only who has the key in INTERHUMAN_API_KEY.")
    ] = False,
) -> None:
    """Serve one of the protocols on this machine until Ctrl-C. What it answers is local measurement."""
    from emotoolkit.apis.base.local_server import serve_until_interrupted

    server = importlib.import_module(f"emotoolkit.apis.{api.name}.server.app")
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    with sentences():
        told = _faults(fault)
        if api is ApiName.emotion_logic:
            _only(ApiName.interhuman, profile=profile, refuse=refuse, limit=limit, locked=locked)
            told |= _variant(variant)
        else:
            _only(ApiName.emotion_logic, variant=variant)
            told |= _rules(profile, refuse, limit) | _keys(locked)
        serve_until_interrupted(server.serving(server.PORT if port is None else port, keep, **told))


def _only(api: ApiName, **given: object) -> None:
    """Refuse options that belong to the other protocol's server."""
    for name, value in given.items():
        if value:
            raise typer.BadParameter(f"only {api} has this.", param_hint=f"--{name}")


def _faults(words: Sequence[str] | None) -> dict[str, Any]:
    from emotoolkit.apis.base.fault_injection import Faults

    return {"faults": Faults.parse(words)} if words else {}


def _variant(words: Sequence[str] | None) -> dict[str, Any]:
    from emotoolkit.apis.emotion_logic.server.options import Variant

    return {"variant": Variant.parse(words)} if words else {}


def _rules(profile: str | None, refuse: Sequence[str] | None, limit: Sequence[str] | None) -> dict[str, Any]:
    from emotoolkit.apis.interhuman.server.options import Limits

    told: dict[str, Any] = {} if profile is None else {"profile": profile}
    return told | {"refuse": tuple(refuse or ()), "limits": Limits.parse(limit or ())}


def _keys(locked: bool) -> dict[str, Any]:
    if not locked:
        return {}
    key = os.environ.get("INTERHUMAN_API_KEY")
    if not key:
        raise typer.BadParameter("there is no key in INTERHUMAN_API_KEY.", param_hint="--locked")
    return {"keys": [key]}
