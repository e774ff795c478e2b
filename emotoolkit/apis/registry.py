"""The APIs there are, by the name that journals and tables use."""

from __future__ import annotations

from emotoolkit.apis.emotion_logic.api import EmotionLogic
from emotoolkit.apis.interhuman.api import Interhuman

__all__ = ["BY_NAME"]

BY_NAME: dict[str, type[EmotionLogic | Interhuman]] = {"emotion_logic": EmotionLogic, "interhuman": Interhuman}
