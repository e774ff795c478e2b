"""What has the same key is not sent again: so all that can change the answer is in the key, and nothing else."""

from __future__ import annotations

import dataclasses
import ipaddress
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import emotoolkit as emo
from emotoolkit.datasets.batch.cache_key import address, compute_key, describe_request
from emotoolkit.utils import addresses

AWAY = {"url": "https://lab.example.org:2259", "consent": "forms"}
PLAIN = emo.EmotionLogic(**AWAY)
OTHERS = [
    {"channels": 0},
    {"sampling_rate": 6000},
    {"packet": 0.5},
    {"background_noise": 700},
    {"report": False},
    {"bits": 8},
    {"output": "text"},
    {"fetch_segments": True},
]


@given(st.lists(st.tuples(st.sampled_from(["aa", "bb"]), st.floats(-1, 9), st.floats(-1, 9)), max_size=8))
def test_a_key_is_of_what_was_sent(sent):
    """Law: two answers have the same key if and only if the same stretch of the same bytes was sent."""
    assert len({compute_key(*each, PLAIN) for each in sent}) == len({(media, repr(a), repr(b)) for media, a, b in sent})


def test_what_changes_nothing_is_not_in_the_key():
    """Patience, the basis of consent, the path and a password are no part of an answer."""
    expected = compute_key("aa", -1.0, -1.0, PLAIN)
    for more in ({"timeout": 99}, {"consent": "other forms"}, {"url": "https://eva:secret@lab.example.org:2259/x"}):
        assert compute_key("aa", -1.0, -1.0, dataclasses.replace(PLAIN, **more)) == expected


def test_every_other_setting_is_in_the_key():
    """Each setting that is heard makes another answer; none of two of them is taken for the other."""
    apis = [PLAIN, *(_with(**more) for more in OTHERS), emo.Interhuman(url="wss://lab.example.org:2259", consent="f")]
    keys = {compute_key("aa", -1.0, -1.0, api) for api in apis}
    assert len(keys) == len(apis)


def test_a_new_setting_changes_no_key_of_an_earlier_version():
    """A setting that was added later is no part of the key until it is used: nothing is sent again for its sake."""
    known = {"sampling_rate", "channels", "packet", "background_noise", "report"}
    assert describe_request(PLAIN)["settings"].keys() == known
    assert describe_request(_with(bits=8))["settings"].keys() == known | {"bits"}


def _with(**more):
    return dataclasses.replace(PLAIN, **more)


def test_a_key_is_the_same_in_every_process():
    """It is looked up by later runs: neither the order of a set nor a random seed is in it."""
    code = (
        "import emotoolkit as emo; from emotoolkit.datasets.batch.cache_key import compute_key;"
        f"print(compute_key('aa', -1.0, 2.5, emo.EmotionLogic(**{AWAY!r})))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert found == compute_key("aa", -1.0, 2.5, PLAIN)
    assert len(found) == 64


def test_who_names_no_server_has_the_local_one(monkeypatch):
    """Its port is another each time and no part of the key; an address of the environment counts as if typed."""
    monkeypatch.delenv("EMOTION_LOGIC_URL", raising=False)
    assert describe_request(emo.EmotionLogic())["server"] == "local"
    monkeypatch.setenv("EMOTION_LOGIC_URL", AWAY["url"])
    assert describe_request(emo.EmotionLogic())["server"] == AWAY["url"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, "local"),
        ("", "local"),
        ("lab:2259", "lab:2259"),
        ("http://LAB/path?token=1", "http://lab"),
        ("wss://eva:geheim@api.example.org:443/v1/stream", "wss://api.example.org:443"),
        ("wss://eva:geheim@[2001:DB8::1]:443/v1", "wss://[2001:db8::1]:443"),
        ("[::1]", "[::1]"),
        ("[::1]:2259", "[::1]:2259"),
    ],
)
def test_an_address_is_a_place_without_secrets(url, expected):
    """Scheme, host and port: what is kept with a dataset has no user, no password and no query."""
    assert address(url) == expected


@given(st.ip_addresses(v=6), st.none() | st.integers(0, 65_535), st.sampled_from(["", "http://", "wss://"]))
def test_an_ipv6_host_and_its_port_are_told_apart(host, port, scheme):
    """Law: an address with an IPv6 host can be read again, and means the same host and port."""
    found = addresses.read(address(f"{scheme}[{host}]" + ("" if port is None else f":{port}")))
    assert (ipaddress.ip_address(found.host), found.port) == (host, port)
