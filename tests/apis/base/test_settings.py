"""Settings: what may be said, what a typo gets, where a server is looked for, and that no secret gets out."""

import pickle

import pytest

from emotoolkit import EmotionLogic
from emotoolkit.apis.base import local_server
from emotoolkit.apis.base.settings import require_consent
from emotoolkit.errors import ConsentMissing, UnknownSetting
from emotoolkit.utils.addresses import is_loopback


def test_a_typo_gets_a_hint():
    """An unknown name says which one was probably meant, and which there are."""
    with pytest.raises(UnknownSetting, match=r"EmotionLogic has no setting 'chanels'\. Did you mean 'channels'\?"):
        EmotionLogic(chanels="both")
    with pytest.raises(TypeError, match="It has: url, path, sampling_rate"):
        EmotionLogic(colour="red")


def test_settings_are_values():
    """Settings compare, pickle and show only what differs from the default."""
    settings = EmotionLogic(sampling_rate=16_000, channels="both")
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert repr(settings) == "EmotionLogic(sampling_rate=16000, channels='both')"
    assert EmotionLogic(**settings.settings()) == settings


def test_the_environment_says_where(monkeypatch):
    """Without url= the environment is asked, and without that a local server is used."""
    monkeypatch.setenv("EMOTION_LOGIC_URL", "localhost:2259")
    assert EmotionLogic().located().address == "http://localhost:2259"
    assert EmotionLogic(url="lab:1", consent="signed forms").located().address == "https://lab:1"
    assert EmotionLogic(url="127.0.0.1:1").located().address == "http://127.0.0.1:1"
    monkeypatch.delenv("EMOTION_LOGIC_URL")
    first, second = EmotionLogic().located(), EmotionLogic().located()
    assert first == second
    assert first.address == local_server.get_shared("emotoolkit.apis.emotion_logic.server.app").url


def test_a_local_server_that_died_is_replaced():
    """The default server is started anew if it has ended."""
    before = local_server.get_shared("emotoolkit.apis.emotion_logic.server.app")
    before.close()
    after = local_server.get_shared("emotoolkit.apis.emotion_logic.server.app")
    assert after.alive
    assert after.pid != before.pid


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "::1"])
def test_this_machine(host):
    """Loopback needs no consent."""
    assert is_loopback(host)
    url = f"http://[{host}]:1" if ":" in host else f"http://{host}:1"
    require_consent("X", url, None)


@pytest.mark.parametrize("host", ["lab", "10.0.0.1", "api.interhuman.ai", "localhost.example.org"])
@pytest.mark.parametrize("consent", [None, "", "  "])
def test_another_machine(host, consent):
    """Everything else does, and blanks are no basis."""
    assert not is_loopback(host)
    with pytest.raises(ConsentMissing, match="which is not this machine"):
        require_consent("X", f"wss://{host}/v1", consent)
    require_consent("X", f"wss://{host}/v1", "signed forms")
