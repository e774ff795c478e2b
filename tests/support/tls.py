"""A server behind TLS, with a certificate of its own, whose connections can be broken in the middle, for real.

A thread takes TLS connections and passes their bytes on to a server of this machine. OpenSSL's own state machine makes
the alerts: a record that is damaged on the way in makes it send a fatal one.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import struct
import threading
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

BREAKS = ("close_notify", "fatal alert", "reset", "end of file", "garbage")
"""What can happen in the middle of a stream."""

FORGED_RECORD = b"\x17\x03\x03\x00\x20" + bytes(32)
"""A record of 32 bytes that no key has sealed: OpenSSL answers it with the fatal alert `bad_record_mac`."""


def make_certificate(folder: Path, *, host: str = "127.0.0.1", days: int = 1) -> Path:
    """Make a self-signed certificate, with its key in the same file; of negative days it has run out."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=400))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{host}{days}.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def behind_tls(port: int, certificate: Path, *, broken: str = "", after: int = 0):
    """Serve what is at a port of this machine over TLS; gives the port.

    When `after` bytes of a client have been passed on, its connection breaks as one of `BREAKS`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def accept():
            while not over.is_set():
                with suppress(OSError):
                    client, _ = listener.accept()
                    threading.Thread(target=serve, args=(client,), daemon=True).start()

        def serve(client):
            with suppress(OSError), client, socket.create_connection(("127.0.0.1", port)) as server:
                _Tunnel(context, client, server, broken, after).run()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)


def _address(place):
    return "{}:{}".format(*place).encode()


class _Tunnel:
    """One connection: TLS at the client's side, plain at the server's."""

    def __init__(self, context, client, server, broken, after):
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._client, self._server, self._broken, self._after = client, server, broken, after
        self._passed = 0
        self._lock = threading.Lock()

    def run(self):
        try:
            self._handshake()
        except ssl.SSLError:  # the client refuses the certificate
            self._flush()
            return
        threading.Thread(target=self._downward, daemon=True).start()
        data = b""  # what has come with the end of the handshake is there already
        while self._pass_on(data) and (data := self._client.recv(1 << 14)):
            pass

    def _pass_on(self, data):
        if self._broken and self._passed >= self._after:
            self._break(data)
            return False
        with self._lock:
            self._incoming.write(data)
            plain = b"".join(self._read())
        if not self._passed:  # the server asks for its own address in the header `Host`
            plain = plain.replace(_address(self._client.getsockname()), _address(self._server.getpeername()), 1)
        self._passed += len(plain)
        self._server.sendall(plain)
        return True

    def _handshake(self):
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(self._client.recv(1 << 14) or b"\0")
            else:
                self._flush()
                return

    def _read(self):
        with suppress(ssl.SSLWantReadError, ssl.SSLZeroReturnError):
            while data := self._tls.read(1 << 14):
                yield data

    def _downward(self):
        with suppress(OSError, ssl.SSLError):
            while data := self._server.recv(1 << 14):
                with self._lock:
                    self._tls.write(data)
                    self._flush()
            self._client.shutdown(socket.SHUT_WR)

    def _flush(self):
        self._client.sendall(self._outgoing.read())

    def _break(self, data):
        with self._lock:
            match self._broken:
                case "close_notify":
                    with suppress(ssl.SSLError):
                        self._tls.unwrap()
                    self._flush()
                case "fatal alert":
                    with suppress(ssl.SSLError):
                        self._incoming.write(data)
                        list(self._read())
                        self._incoming.write(FORGED_RECORD * 500)  # what has come may end within a record of 16 kB
                        list(self._read())
                    self._flush()
                case "garbage":
                    self._client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                case "reset":
                    self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                case "end of file":
                    self._client.shutdown(socket.SHUT_WR)
        if self._broken != "reset":
            self._client.settimeout(1.0)
            with suppress(OSError):  # what the client has sent by now must not become a reset
                while self._client.recv(1 << 16):
                    pass
