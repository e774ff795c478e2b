"""What a Python program does that keeps to the documents: OpenCV, one MPEG-4 file per 3 s, one answer read after each.

`python camera.py URL FILM COUNT`; the key is in API_KEY. A film stands in for the camera, so a segment is as many
pictures as the camera would have given.
"""

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

import cv2
import websockets

SECONDS = 3
WISHES = ["conversation_quality_overall", "conversation_quality_timeline"]


def record(camera, path, seconds):
    rate = camera.get(cv2.CAP_PROP_FPS) or 20.0
    size = int(camera.get(cv2.CAP_PROP_FRAME_WIDTH)), int(camera.get(cv2.CAP_PROP_FRAME_HEIGHT))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), rate, size)
    for _ in range(round(seconds * rate)):
        taken, picture = camera.read()
        if taken:
            writer.write(picture)
    writer.release()


async def main(url, film, count):
    headers = {"Authorization": f"Bearer {os.environ['API_KEY']}"}
    socket = await websockets.connect(url, additional_headers=headers, max_size=None)
    await socket.send(json.dumps({"include": WISHES}))
    camera = cv2.VideoCapture(film)
    if not camera.isOpened():
        sys.exit("no camera")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "segment.mp4"
        for _ in range(count):
            record(camera, path, SECONDS)
            await socket.send(path.read_bytes())
            print(await asyncio.wait_for(socket.recv(), timeout=60.0))
    camera.release()
    await socket.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
