"""What another user of this machine can see: run as root, this becomes `nobody` and looks.

Run as a script, it reads a JSON line `{"folders", "processes", "ports", "paths"}` from standard input, and prints what
it found, also as JSON.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

NOBODY = 65_534

FILES_OF_A_PROCESS = ("cmdline", "environ", "maps", "fd", "cwd", "io", "stack", "exe", "root")

SECRET_TO_OTHERS = tuple(name for name in FILES_OF_A_PROCESS if name != "cmdline")

REQUEST = "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}Connection: close\r\nContent-Length: 0\r\n\r\n"

UPGRADE = (
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Connection: Upgrade\r\n"
)


def become_nobody() -> None:
    """Give up all rights of root; nothing more can be imported after this."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def readable_files(folder: str) -> list[str]:
    """List the files below a folder that can be opened, and the folders that can be listed."""
    found = []
    for each, _, files in os.walk(folder):
        if each != folder:
            found.append(each)
        for name in files:
            try:
                with (Path(each) / name).open("rb") as file:
                    file.read(1)
                found.append(str(Path(each) / name))
            except OSError:
                pass
    return found


def seen_of_process(number: int) -> dict[str, str]:
    """Read what the system tells of a process."""
    seen = {}
    for name in FILES_OF_A_PROCESS:
        path = Path(f"/proc/{number}/{name}")
        try:
            if name == "fd":
                seen[name] = repr([*path.iterdir()])
            elif name in ("cwd", "exe", "root"):
                seen[name] = str(path.readlink())
            else:
                seen[name] = path.read_bytes().decode(errors="replace")
        except OSError:
            pass
    return seen


def ask(port: int, method: str, path: str, more: str = "") -> str:
    """Send a request to a port of this machine; give what comes back within two seconds."""
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as wire:
            wire.settimeout(2)
            wire.sendall(REQUEST.format(method=method, path=path, port=port, more=more).encode())
            while more_bytes := wire.recv(65_536):
                answer += more_bytes
    except OSError:
        pass
    return answer.decode(errors="replace")


def addresses(port: int) -> list[str]:
    """List the addresses of this machine, besides loopback, that take connections to a port."""
    found = []
    for name in {*socket.gethostbyname_ex(socket.gethostname())[2], "::1"} - {"127.0.0.1"}:
        try:
            with socket.create_connection((name, port), timeout=1):
                if not name.startswith("127."):
                    found.append(name)
        except OSError:
            pass
    return found


def main() -> None:
    """Look, and print what was seen."""
    wanted = json.loads(sys.stdin.readline())
    "".encode("idna")  # loads what connecting needs
    socket.gethostbyname_ex(socket.gethostname())
    become_nobody()
    answers = {}
    for port in wanted["ports"]:
        for path in wanted["paths"]:
            for method, more in (("GET", ""), ("POST", ""), ("GET", UPGRADE)):
                answers[f"{port} {method} {path} {len(more)}"] = ask(port, method, path, more)
    print(
        json.dumps(
            {
                "user": os.getuid(),
                "files": [
                    each for folder in wanted["folders"] if Path(folder).exists() for each in readable_files(folder)
                ],
                "processes": {number: seen_of_process(number) for number in wanted["processes"]},
                "answers": answers,
                "elsewhere": {port: addresses(port) for port in wanted["ports"]},
            }
        )
    )


if __name__ == "__main__":
    main()
