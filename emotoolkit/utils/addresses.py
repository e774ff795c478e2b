"""Parses addresses of servers as people type them, by one strict rule.

`urllib`, `yarl`, `aiohttp`, `websockets` and `socketio` parse odd addresses differently. Here an address is either of a
form that all of them parse alike, or refused: so the host that is connected to is the host for which consent was
given. Pure.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import parse_qsl

from emotoolkit.errors import AddressRefused
from emotoolkit.utils.redaction import MASK, secrets_in_address

__all__ = ["HTTP_SCHEMES", "Address", "is_loopback", "masked", "read"]

HTTP_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
"""Accepted schemes, and the HTTP scheme under each."""

IPV6_LOOPBACK = ipaddress.IPv6Address("::1")
"""The only IPv6 loopback address: versions of Python differ about IPv4 addresses written as IPv6."""

MAX_PORT = 65_535

_ADDRESS_PATTERN = re.compile(
    r"(?:(?P<scheme>[A-Za-z]+)://)?"
    r"(?:(?P<user>(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[!-~]*?)?"
    r"(?:\?(?P<query>[!-~]*))?",
    re.ASCII,
)
_MAX_HOST_CHARS = 253

_DOTTED_DECIMAL = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){1,3}", re.ASCII)
_ENDS_IN_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)\.?", re.ASCII)
_CREDENTIALS_PATTERN = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:/*)?([^:@/]*):(.*)@", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of an address. `scheme` is "" where none was typed; an IPv6 `host` has no brackets."""

    scheme: str
    user: str | None
    host: str
    port: int | None
    path: str
    query: str

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.host)

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted: by the scheme, and without one unless it is on this machine."""
        return HTTP_SCHEMES[self.scheme] == "https" if self.scheme else not self.local

    @property
    def netloc(self) -> str:
        """User, host and port, as in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return ("" if self.user is None else f"{self.user}@") + host + ("" if self.port is None else f":{self.port}")

    def text(self, plain: str, secure: str) -> str:
        """Write the address with one of these two schemes."""
        query = f"?{self.query}" if self.query else ""
        return f"{secure if self.secure else plain}://{self.netloc}{self.path}{query}"


def read(url: str, setting: str = "url") -> Address:
    """Parse an address.

    Parameters
    ----------
    url : str
        With or without scheme, such as `"lab-server:2259"`.
    setting : str
        Name of the setting that has it, for the error message.

    Raises
    ------
    AddressRefused
        It has characters or parts that programs parse differently, or no host.

    Examples
    --------
    >>> read("LAB:2259").text("ws", "wss")
    'wss://lab:2259'
    >>> read("http://127.1:80/x").text("ws", "wss")
    'ws://127.0.0.1:80/x'
    """

    def refused(rule: str) -> AddressRefused:
        return AddressRefused(setting=setting, value=masked(url), rule=rule)

    wrong = sorted({sign for sign in url if not "!" <= sign <= "~" or sign in '\\"<>^`{|}'})
    if wrong:
        raise refused(f"it has the sign {wrong[0]!r} in it, which programs read in different ways")
    if "#" in url:
        raise refused("it has a '#' in it, and no server is told what stands behind that")
    parts = _ADDRESS_PATTERN.fullmatch(url)
    if parts is None:
        raise refused("what it names as host, user or port cannot be told for certain")
    scheme = (parts["scheme"] or "").lower()
    if scheme and scheme not in HTTP_SCHEMES:
        raise refused(f"{scheme}:// is none of {', '.join(f'{each}://' for each in HTTP_SCHEMES)}")
    port = None if parts["port"] is None else int(parts["port"])
    if port is not None and port > MAX_PORT:
        raise refused(f"ports end at {MAX_PORT}")
    host = _normalize_host(parts["host"].lower())
    if host is None:
        raise refused(f"its host {parts['host']!r} is neither a name nor a whole IP address")
    return Address(scheme, parts["user"], host, port, parts["path"] or "", parts["query"] or "")


def _normalize_host(host: str) -> str | None:
    """Write a host in its canonical form; None if it is not valid."""
    try:
        if host.startswith("["):
            return ipaddress.IPv6Address(host[1:-1]).compressed
        if _DOTTED_DECIMAL.fullmatch(host):  # 127.1 is 127.0.0.1
            return socket.inet_ntoa(socket.inet_aton(host))
    except (ValueError, OSError):
        return None
    return None if _ENDS_IN_NUMBER.fullmatch(host) or len(host) > _MAX_HOST_CHARS else host


def masked(url: str) -> str:
    """Mask the password and the secret query parameters in an address, also in an invalid one.

    Examples
    --------
    >>> masked("http://eva:geheim@lab:2259/x?token=abc&model=m")
    'http://eva:…@lab:2259/x?token=…&model=m'
    """
    if _ADDRESS_PATTERN.fullmatch(url) is None:
        # Up to the last "@": the password may be what makes it invalid.
        return _CREDENTIALS_PATTERN.sub(rf"\1\2:{MASK}@", url)
    head, question_mark, query = url.partition("?")
    head = _CREDENTIALS_PATTERN.sub(rf"\1\2:{MASK}@", head) if "@" in head.split("//", 1)[-1].split("/", 1)[0] else head
    hidden = {name for name, value in parse_qsl(query) if value in secrets_in_address(f"//h/?{query}")}
    words = [
        f"{word.partition('=')[0]}={MASK}" if _parameter_name(word) in hidden else word for word in query.split("&")
    ]
    return head + question_mark + "&".join(words)


def _parameter_name(word: str) -> str:
    return next((name for name, _ in parse_qsl(word)), "")


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine: the name localhost, 127.0.0.0/8 or ::1, and nothing else."""
    if host is None or host.lower() == "localhost":
        return host is not None
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address == IPV6_LOOPBACK or (address.version == 4 and address.is_loopback)  # noqa: PLR2004
