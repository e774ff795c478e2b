"""Who is asked about is who is dialled: no address is read in two ways."""

from __future__ import annotations

import asyncio
import contextlib
import io
import ipaddress
import json
import socket
import warnings
from functools import partial
from urllib.parse import urlsplit

import pytest
import yarl
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.uri import parse_uri

from emotoolkit import EmotionLogic, Interhuman
from emotoolkit.apis.emotion_logic.client import upload
from emotoolkit.apis.emotion_logic.client.socketio import SocketIOClient
from emotoolkit.apis.interhuman.client import http_client
from emotoolkit.cli import app
from emotoolkit.datasets.batch.cache_key import describe_request
from emotoolkit.errors import AddressRefused, ConsentMissing, KeyInClear, KeyWithheldWarning, ReplayError, ServerRefused
from emotoolkit.utils import addresses
from emotoolkit.utils.addresses import is_loopback

KEY = "ih_live_do_not_tell"

TO = {EmotionLogic: partial(EmotionLogic, insecure=True), Interhuman: partial(Interhuman, insecure=True)}

HERE = (
    "localhost",
    "LOCALHOST:2259",
    "127.0.0.1",
    "127.3.2.1:80",
    "127.1",
    "127.255.255.254:65535",
    "[::1]:80",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]:0",
    "user:pass@127.0.0.1",
    "evil.com:80@127.0.0.1",
    "127.0.0.1/evil.com?//evil.com@evil.com",
)

ELSEWHERE = (
    "127.evil.com",
    "127.0.0.1.nip.io:80",
    "localhost.evil",
    "localhost.",
    "0.0.0.0",
    "[::ffff:127.0.0.1]",
    "[::]",
    "127.0.0.1:80@evil.com",
    "10.1",
    "evil.com?@127.0.0.1",
    "evil.com/@127.0.0.1",
    "127.0.0.1.evil.com",
    "127-0-0-1.evil.com",
    "localhost.localdomain",
    "ip6-localhost",
    "localhost-",
    "128.0.0.1",
    "126.255.255.255:80",
    "[fe80::1]",
    "[2001:db8::1]:80",
    "[::127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "xn--lcalhost-54a",
    "lab_server:2259",
    "u:p%40localhost@evil.com",
    "localhost:80@evil.com/localhost",
)

NOWHERE = (
    "evil.com\\@127.0.0.1",
    "127.0.0.1\\@evil.com",
    "127.0.0.1\t.evil.com",
    "127.0.0.1\n.evil.com",
    "127.0.0.1 ",
    "127.0.0.1\x00.evil.com",
    "evil.com#@127.0.0.1",
    "127.0.0.1#",
    "user@127.0.0.1",
    "@127.0.0.1",
    "a@evil.com@127.0.0.1",
    "[::1%25eth0]",
    "[::1]evil.com",
    "[127.0.0.1]",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "127.0.0.256",
    "１２７.0.0.1",
    "127。0。0。1",
    "ⓛocalhost",
    "localhost%2eevil.com",
    "evil..com",
    ".localhost",
    "localhost:80:90",
    "localhost:65536",
    "localhost:８０",
    "localhost:",
    "x" * 64,
    "",
    "/localhost",
    "0",
    "0x7f000001",
    "017700000001",
    "127.0.1.0x1",
    "127.0.0.1.2",
    "127.0.0.1%00",
    "127.0.0.1%2f.evil.com",
    "[::1",
    "::1",
    "[::1%eth0]",
    "[fe80::1%25eth0]:80",
    "[::1]:80:90",
    "[v1.a]",
    "[]",
    "127.0.0.1:-1",
    "127.0.0.1:+80",
    "127.0.0.1:80 ",
    "127.0.0.1:0x50",
    "local\u00adhost",
    "localhost\u200b",
    "localhost\uff0ecom",
    "①②⑦.0.0.1",
    "evil.com&@127.0.0.1",
    "evil.com;x:y@z@127.0.0.1",
    "http:127.0.0.1",
    "//127.0.0.1",
    "127.0.0.1:http://evil.com",
    "127.0.0.1;evil.com",
    "127.0.0.1\r\nHost: evil.com",
    "127.0.0.1\x7f",
)

PIECES = (
    *(
        "http://",
        "https://",
        "ws://",
        "wss://",
        "//",
        "http:/",
        "ftp://",
        "HTTP://",
        ":",
        "/",
        "\\",
        "@",
        "?",
        "#",
        ".",
    ),
    *("127.0.0.1", "127.", "127", "1", "0x7f", "localhost", "LocalHost", "evil.com", "[::1]", "[", "]", "::1", "lab_1"),
    *(":80", ":80@", "user:pass@", "%40", "%2f", "%00", "\t", "\r\n", " ", "\u2100", "\uff0f", "\uff20", "。", "ß", "­"),
)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """No address and no key in the environment."""
    for name in ("EMOTION_LOGIC_URL", "INTERHUMAN_URL", "INTERHUMAN_API_KEY", "INTERHUMAN_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def same(one: str | None, other: str) -> bool:
    """Whether two spellings are the same host."""
    try:
        return ipaddress.ip_address(one or "") == ipaddress.ip_address(other)
    except ValueError:
        return one == other


def dialled(url: str) -> dict[str, str | None]:
    """The host that each of the programs in use would dial."""
    opened = SocketIOClient(1).eio._get_engineio_url(url, "socket.io", "websocket")
    return {
        "urllib": urlsplit(url).hostname,
        "aiohttp": yarl.URL(url).raw_host,
        "socketio": yarl.URL(opened).raw_host,
        "websockets": parse_uri(url.replace("http", "ws", 1)).host,
    }


ODD = st.lists(st.sampled_from(PIECES) | st.characters(), min_size=1, max_size=8).map("".join)
ALMOST = st.tuples(
    st.sampled_from(("", "http://", "WSS://")),
    st.sampled_from(("", "user@", "u:@", "u:p%40@")),
    st.lists(st.sampled_from((*PIECES[20:27], ".", "1", "-")), min_size=1, max_size=4).map("".join),
    st.sampled_from(("", ":80", "/x@evil.com", "?@evil.com", "/%2e//y?a=b@c:1")),
).map("".join)


@given(ODD | ALMOST)
@example("http://evil.com\\@127.0.0.1")
@example("http://127.0.0.1\t.evil.com")
@example("user:pass@127.1:80?@evil.com")
def test_one_host(typed):
    """Whatever is typed is refused, or the host that consent is asked for is the host that each program dials."""
    for kind in (EmotionLogic, Interhuman):
        try:
            address = TO[kind](url=typed, consent="signed forms").located().address
        except AddressRefused:
            continue
        asked_for = addresses.read(address).host
        assert {name: host for name, host in dialled(address).items() if not same(host, asked_for)} == {}
        assert is_loopback(asked_for) == (asked_for == "localhost" or ipaddress_is_loopback(asked_for))


def ipaddress_is_loopback(host: str) -> bool:
    """Whether the standard library takes it for an address of this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback and getattr(address, "ipv4_mapped", None) is None


@pytest.mark.parametrize("kind", [EmotionLogic, Interhuman])
@pytest.mark.parametrize("scheme", ["", "http://", "wss://"])
def test_kinds(kind, scheme, environment):
    """Loopback needs no consent, other hosts do, and what could be either is refused, wherever it was typed."""
    variable = "EMOTION_LOGIC_URL" if kind is EmotionLogic else "INTERHUMAN_URL"
    for host in HERE:
        assert addresses.read(kind(url=scheme + host).located().address).local
    for host in ELSEWHERE:
        with pytest.raises(ConsentMissing):
            kind(url=scheme + host).located()
    for host in filter(None, NOWHERE):
        with pytest.raises(AddressRefused, match=r"^url="):
            kind(url=scheme + host, consent="signed forms").located()
        if "\x00" not in host:
            environment.setenv(variable, scheme + host)
            with pytest.raises(AddressRefused, match=f"^{variable}=.*Type scheme, host and port"):
                kind(consent="signed forms").located()
            environment.delenv(variable)


@pytest.fixture
def dialled_hosts(monkeypatch):
    """Every host that is looked up or connected to from now on; none is reached."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    found = []

    async def look_up(_loop, host, *_args, **_options):
        found.append(host.decode() if isinstance(host, bytes) else host)
        raise socket.gaierror("no network here")

    async def connect(_loop, _socket, address):
        found.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
    monkeypatch.setattr(asyncio.selector_events.BaseSelectorEventLoop, "sock_connect", connect)
    return found


async def dial(settings) -> None:
    """Open a session and upload a file, as far as that goes without a network."""
    with contextlib.suppress(ReplayError):
        async with settings.connect(print):
            raise AssertionError("there is no network")
    with contextlib.suppress(ReplayError):
        if settings.name == "interhuman":
            await http_client.post(settings, "/v1/auth", timeout_s=5.0)
        else:
            await upload._post_file(io.BytesIO(b"RIFF"), settings, 1.0)


@pytest.mark.parametrize("kind", [EmotionLogic, Interhuman])
async def test_who_is_dialled(kind, dialled_hosts):
    """Of 100 addresses, those of this machine are dialled there; others are dialled by consent alone, as they read."""
    assert len(HERE) + len(ELSEWHERE) + len(NOWHERE) > 100
    for host in (*HERE, *ELSEWHERE, *NOWHERE):
        for consent in (None, "signed forms"):
            dialled_hosts.clear()
            try:
                settings = TO[kind](url=f"http://{host}", consent=consent).located()
            except (AddressRefused, ConsentMissing):
                assert host not in HERE
            else:
                assert host not in NOWHERE
                assert host in HERE or consent
                await dial(settings)
                asked_for = addresses.read(settings.address).host
                assert dialled_hosts
                assert [each for each in dialled_hosts if not same(each, asked_for)] == [], host
                here = [ipaddress_is_loopback(each) or each == "localhost" for each in dialled_hosts]
                assert set(here) == {host in HERE}


def test_rules():
    """The sentence names what is wrong."""
    for url, words in {
        "http://a b": "it has the sign ' ' in it",
        "http://a#b": "it has a '#' in it",
        "ftp://a": "ftp:// is none of http://, https://, ws://, wss://",
        "http://a:99999": "ports end at 65535",
        "http://2130706433": "its host '2130706433' is neither a name nor a whole IP address",
        "http://u:GEHEIM@a@b": r"url='http://u:…@b' is no address.*cannot be told for certain",
    }.items():
        with pytest.raises(AddressRefused, match=words):
            addresses.read(url)


def test_the_key_of_a_batch():
    """A batch takes no answer for that of another host either."""
    with pytest.raises(AddressRefused):
        describe_request(EmotionLogic(url="http://evil.com\\@127.0.0.1"))
    assert (
        describe_request(Interhuman(url="wss://h"))["settings"]
        == describe_request(Interhuman(url="wss://h", insecure=True))["settings"]
    )


def test_the_command_line(sample, tmp_path):
    """The shell's door refuses it with the same sentence."""
    from typer.testing import CliRunner

    words = ["replay", str(sample / "talk.wav"), "--url", "http://evil.com\\@127.0.0.1", "--consent", "signed forms"]
    told = CliRunner().invoke(app, [*words, "--folder", str(tmp_path)])
    assert told.exit_code
    assert "is no address to which people's data can be sent" in " ".join(told.output.split())


@pytest.mark.parametrize("told", [{"key": KEY}, {"key_id": "lab", "key_secret": KEY}])
def test_no_key_in_clear(told):
    """A credential goes to another machine over TLS only, unless one says that it may go in clear."""
    for url in ("ws://lab:80/x", "http://lab:80/x"):
        with pytest.raises(KeyInClear, match=r'"wss://lab:80/x".*insecure=True') as caught:
            Interhuman(url=url, consent="signed forms", **told).located()
        assert KEY not in str(caught.value) + repr(caught.value.facts)
        assert Interhuman(url=url, consent="signed forms", insecure=True, **told).located().address == "ws://lab:80/x"
    assert Interhuman(url="lab:80/x", consent="signed forms", **told).located().address == "wss://lab:80/x"
    assert Interhuman(url="ws://127.0.0.1:80/x", **told).located().address == "ws://127.0.0.1:80/x"
    assert Interhuman(url="ws://lab:80/x", consent="signed forms").located().address == "ws://lab:80/x"


@pytest.mark.parametrize("kind", [EmotionLogic, Interhuman])
@pytest.mark.parametrize("secret", ["u:PASSWORD@lab:80", "lab:80/?token=PASSWORD", "u:PASSWORD@lab:80/?a=b"])
def test_no_password_in_clear(kind, secret):
    """A password or a token in an address is a key, too, whichever API it is for."""
    with pytest.raises(KeyInClear, match="would go to 'lab' without encryption") as caught:
        kind(url=f"http://{secret}", consent="signed forms").located()
    assert "PASSWORD" not in str(caught.value) + repr(caught.value.facts) + caught.value.in_shell()
    for url, settings in {
        f"http://{secret}": {"insecure": True},
        f"https://{secret}": {},
        secret: {},
    }.items():
        address = kind(url=url, consent="signed forms", **settings).located().address
        assert addresses.read(address).secure == (not settings)
    assert kind(url=f"http://{secret}".replace("lab", "localhost")).located()


def test_whose_the_key_in_the_environment_is(environment):
    """It goes to the service itself and to where the environment says, and anywhere else only if it is given."""
    environment.setenv("INTERHUMAN_API_KEY", KEY)
    assert Interhuman(url="api.interhuman.ai", consent="signed forms").located().key == KEY
    for url in ("wss://evil.com", "ws://127.0.0.1:7", "wss://api.interhuman.ai.evil.com"):
        with pytest.warns(KeyWithheldWarning, match=r"was not sent to .*type key=os.environ\[") as said:
            assert Interhuman(url=url, consent="signed forms").located().key is None
        assert addresses.read(url).host in str(said[0].message)
        assert Interhuman(url=url, consent="signed forms", key="mine").located().key == "mine"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Interhuman().located().key is None
    environment.setenv("INTERHUMAN_URL", "wss://lab")
    assert Interhuman(consent="signed forms").located().key == KEY


def test_a_password_is_not_shown():
    """A password or token in an address is in no repr, also where the address is none."""
    for kind in (EmotionLogic, Interhuman):
        for url in (
            "http://u:PASSWORD@host/x?model=m",
            "u:PASSWORD@host",
            "http://u:PASSWORD@ho st",
            "http://u:x/PASSWORD@host",
            "http://u:x@PASSWORD@host",
            "http://host/?token=PASSWORD&model=m",
            "http://[u:PASSWORD@host",
        ):
            assert "PASSWORD" not in repr(kind(url=url))
            assert "host" in repr(kind(url=url)) or "ho st" in repr(kind(url=url))
            assert json.dumps(kind(url=url).settings())
    assert repr(EmotionLogic(url="http://lab:2259/?mail=a@b")) == "EmotionLogic(url='http://lab:2259/?mail=a@b')"


@pytest.mark.parametrize("kind", [EmotionLogic, Interhuman])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_dialled(kind, status):
    """A server that sends us elsewhere has declined; nobody there is even connected to: consent was for this one."""
    visitors = []

    async def elsewhere(_reader, writer):
        visitors.append(writer.get_extra_info("peername"))
        writer.close()

    async with await asyncio.start_server(elsewhere, "127.0.0.1", 0) as other:
        place = "{}:{}".format(*other.sockets[0].getsockname())

        async def send_on(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: http://{place}/x\r\nContent-Length: 0\r\n"
            writer.write(f"{head}Connection: close\r\n\r\n".encode())
            writer.close()

        async with await asyncio.start_server(send_on, "127.0.0.1", 0) as server:
            settings = kind(url="http://{}:{}".format(*server.sockets[0].getsockname())).located()
            with pytest.raises(ServerRefused, match=str(status)):
                async with settings.connect(print):
                    raise AssertionError("it was declined")
            await dial(settings)
    assert visitors == []
