"""How colours look to readers who see fewer of them: sRGB in, distances and contrasts out."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb

VISIONS = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
"""Over linear sRGB, severity 1: Machado, Oliveira and Fernandes 2009, table 1."""

TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
"""OKLab: Ottosson 2020."""


def linear(colours):
    """Give colours as light, shape (colours, 3): IEC 61966-2-1."""
    encoded = np.array([to_rgb(each) for each in colours])
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def distances(colours, vision: str):
    """Distance of every two colours in OKLab, as a vision sees them; shape (colours, colours)."""
    seen = np.clip(linear(colours) @ VISIONS[vision].T, 0, 1)
    lab = np.cbrt(seen @ TO_CONES.T) @ TO_LAB.T
    return np.linalg.norm(lab[:, None] - lab[None], axis=2)


def nearest(colours, vision: str) -> float:
    """Give the distance of the two that look most alike."""
    return float(distances(colours, vision)[np.triu_indices(len(colours), 1)].min())


def contrast(one, other) -> float:
    """Contrast ratio of two colours, 1–21: WCAG 2.2."""
    lighter, darker = sorted(linear([one, other]) @ [0.2126, 0.7152, 0.0722], reverse=True)
    return float((lighter + 0.05) / (darker + 0.05))
