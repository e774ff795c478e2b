"""Pairing of recordings with APIs: one of each, several, or a mapping from recordings to APIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from emotoolkit.errors import SettingsError
from emotoolkit.utils.addresses import is_loopback

if TYPE_CHECKING:
    import os

    from emotoolkit.apis.base.protocols import Api
    from emotoolkit.media.recording import Recording

    RecordingLike = Recording | str | os.PathLike[str]
    Apis = Api | Sequence[Api]

__all__ = ["check_api", "check_single", "destination", "pair_with_apis"]


def pair_with_apis(
    recording: RecordingLike | Sequence[RecordingLike] | Mapping[RecordingLike, Apis], apis: Apis | None
) -> list[tuple[Recording, Api]]:
    """Pair each recording with its APIs, in the order in which the Replays are returned."""
    from emotoolkit.media.recording import Recording

    if isinstance(recording, Mapping):
        if apis is not None:
            raise SettingsError(setting="apis", value=apis, rule="the mapping names the APIs of each recording already")
        chosen = list(recording.items())
    elif apis is None:
        rule = "there must be an API, such as emo.EmotionLogic() or emo.Interhuman()"
        raise SettingsError(setting="apis", value=None, rule=rule)
    elif isinstance(recording, Sequence) and not isinstance(recording, str):
        chosen = [(each, apis) for each in recording]
    else:
        chosen = [(recording, apis)]
    pairs = [
        (media if isinstance(media, Recording) else Recording(media), api)
        for media, media_apis in chosen
        for api in _checked_apis(media_apis)
    ]
    if not pairs:
        raise SettingsError(setting="recording", value=recording, rule="there must be something to replay, and an API")
    return pairs


def check_single(recording: object, api: object) -> None:
    """Raise `SettingsError` unless it is one recording and one API: only one result is returned."""
    for setting, value in {"recording": recording, "api": api}.items():
        if isinstance(value, list | tuple | dict):
            rule = "emo.replay takes one; emo.Player takes several and gives a Replay of each"
            raise SettingsError(setting=setting, value=value, rule=rule)


def check_api(api: object) -> None:
    """Raise `SettingsError` unless this is an API with its settings."""
    if isinstance(api, type) or not hasattr(api, "sessions"):
        rule = "it must be an API, such as emo.EmotionLogic() or emo.Interhuman(), with its brackets"
        raise SettingsError(setting="api", value=api, rule=rule)


def _checked_apis(apis: Any) -> list[Api]:
    """Return the APIs of a recording as a list; each must be an instance, since a class has no settings."""
    several = list(apis) if isinstance(apis, Sequence) and not isinstance(apis, str) else [apis]
    for api in several:
        check_api(api)
    return several


def destination(api: Api) -> str:
    """Describe where an API's server is, and on what basis people's data are sent there."""
    host = urlsplit(api.address).hostname
    where = "this machine" if is_loopback(host) else f"{host} (consent: {api.consent})"
    return f"{api.title} on {where}"
