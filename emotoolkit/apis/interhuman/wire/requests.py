"""Parse the text messages of a client, on the server's side (contract page §2)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotoolkit.apis.interhuman.wire.messages import ENCODING, INCLUDE, SAMPLING_RATES

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Close", "Config", "Refusal", "read_text"]


@dataclass(frozen=True, slots=True)
class Config:
    """A valid session config: the known sections that it requests; model and sampling rate in Hz if it names them."""

    include: tuple[str, ...]
    model: str | None = None
    sampling_rate: int | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """The request to end the session."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is not valid, in a sentence."""

    message: str


def read_text(text: str, models: Collection[str] = ()) -> Config | Close | Refusal:
    """Parse a text of a client (§2.1, §2.3). Unknown sections are ignored, unknown keys are refused.

    If there are `models` (v2), a config may name one.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return Refusal("the text is not JSON")
    if not isinstance(value, dict):
        return Refusal("a session config is one JSON object")
    if value.get("type") == "session.close":
        return Close()
    known = {"include", "goal_dimensions", *(["model", "audio_format"] if models else [])}
    unknown = sorted(value.keys() - known)
    if unknown:
        return Refusal(f"a session config has no key {unknown[0]!r}")
    include = value.get("include") or []
    if not isinstance(include, list):
        return Refusal("include must be an array of strings")
    model = value.get("model")
    if model is not None and model not in models:
        return Refusal(f"model must be one of {', '.join(models)}")
    sound = value.get("audio_format")
    if sound is not None and not _is_audio_format(sound):
        rates = " or ".join(map(str, SAMPLING_RATES))
        return Refusal(f"audio_format must be {ENCODING}, {rates} samples a second, one channel")
    sampling_rate = None if sound is None else int(sound["sample_rate"])
    return Config(tuple(section for section in INCLUDE if section in include), model, sampling_rate)


def _is_audio_format(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"encoding", "sample_rate", "channels"}:
        return False
    return (value["encoding"], value["channels"]) == (ENCODING, 1) and value["sample_rate"] in SAMPLING_RATES
