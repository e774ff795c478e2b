"""The Python side of a page that streams: a segment is written by OpenCV and sent, then one message is waited for.

It prints each message. A film takes the camera's place. `python quickstart.py ws://… film.mp4 segments seconds`
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

import cv2
import websockets

REPLY_TIMEOUT_S = 60.0


def record(camera: cv2.VideoCapture, path: Path, seconds: float) -> None:
    """Write the camera's next seconds as the page does: MPEG-4 Part 2, without sound."""
    rate = camera.get(cv2.CAP_PROP_FPS) or 20.0
    size = int(camera.get(cv2.CAP_PROP_FRAME_WIDTH)), int(camera.get(cv2.CAP_PROP_FRAME_HEIGHT))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate, size)
    for _ in range(round(seconds * rate)):
        shown, picture = camera.read()
        if shown:
            writer.write(picture)
    writer.release()


async def main(url: str, film: str, segments: str, seconds: str) -> None:
    """Send the segments, each after the answer to the one before."""
    camera = cv2.VideoCapture(film)
    headers = {"Authorization": "Bearer any"}
    wire = await websockets.connect(url, additional_headers=headers, max_size=None, proxy=None)
    if "/v0/" not in url:
        sections = ["conversation_quality_overall", "conversation_quality_timeline"]
        await wire.send(json.dumps({"include": sections}))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segment.mp4"
        for _ in range(int(segments)):
            record(camera, path, float(seconds))
            await wire.send(path.read_bytes())
            print(await asyncio.wait_for(wire.recv(), REPLY_TIMEOUT_S), flush=True)
    camera.release()
    await wire.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
