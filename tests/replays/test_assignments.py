"""Which recording goes through which API: all spellings of the same, the order of Replays, and where data go."""

from __future__ import annotations

import pytest

import emotoolkit as emo
from emotoolkit.errors import SettingsError
from emotoolkit.replays.assignments import check_api, check_single, destination, pair_with_apis

VOICE, FACE = emo.EmotionLogic(), emo.Interhuman()


def names(pairs):
    """Files and names of APIs."""
    return [(recording.file.rpartition("/")[2], type(api).__name__) for recording, api in pairs]


def test_one_may_be_written_in_many_ways(talk, sample):
    """A path, its text, a recording; alone, in a list, as a key: it is the same pair."""
    path = sample / "talk.wav"
    spelled = [
        pair_with_apis(talk, VOICE),
        pair_with_apis(path, VOICE),
        pair_with_apis(str(path), [VOICE]),
        pair_with_apis([path], (VOICE,)),
        pair_with_apis({path: VOICE}, None),
        pair_with_apis({talk: [VOICE]}, None),
    ]
    assert [names(each) for each in spelled] == [[("talk.wav", "EmotionLogic")]] * len(spelled)
    assert all(each[0][1] is VOICE for each in spelled)


def test_a_recording_stays_the_same_object(talk):
    """What is a recording already is not opened again."""
    ((recording, _),) = pair_with_apis([talk], VOICE)
    assert recording is talk


def test_each_recording_goes_through_each_api(talk, call):
    """Recordings outside, APIs inside: the first recording's answers come first."""
    assert names(pair_with_apis([talk, call], [VOICE, FACE])) == [
        ("talk.wav", "EmotionLogic"),
        ("talk.wav", "Interhuman"),
        ("call.wav", "EmotionLogic"),
        ("call.wav", "Interhuman"),
    ]


def test_a_mapping_keeps_its_order(talk, call):
    """Each recording has the APIs that it is given and no others."""
    pairs = pair_with_apis({call: VOICE, talk: [FACE, VOICE]}, None)
    assert names(pairs) == [("call.wav", "EmotionLogic"), ("talk.wav", "Interhuman"), ("talk.wav", "EmotionLogic")]


@pytest.mark.parametrize(
    ("recording", "apis", "setting"),
    [
        ([], VOICE, "recording"),
        ({}, None, "recording"),
        ("talk.wav", None, "apis"),
        ({"talk.wav": VOICE}, FACE, "apis"),
    ],
)
def test_what_does_not_add_up_is_refused(recording, apis, setting):
    """Nothing to replay, no API, or APIs said twice: the sentence names what has to be typed otherwise."""
    with pytest.raises(SettingsError) as caught:
        pair_with_apis(recording, apis)
    assert caught.value.setting == setting


@pytest.mark.parametrize("api", [emo.EmotionLogic, "interhuman", object(), None])
def test_an_api_has_its_brackets(api, talk):
    """A class, a name and anything else are no API, alone or among others."""
    with pytest.raises(SettingsError, match="with its brackets"):
        check_api(api)
    with pytest.raises(SettingsError, match="with its brackets"):
        pair_with_apis(talk, [VOICE, api])
    check_api(VOICE)


@pytest.mark.parametrize("several", [["a"], ("a",), {"a": 1}])
def test_only_one_recording_through_one_api(several):
    """A collection is refused where one answer is given, also one of a single thing; its setting is named."""
    check_single("a.wav", VOICE)
    for arguments, setting in [((several, VOICE), "recording"), (("a.wav", several), "api")]:
        with pytest.raises(SettingsError, match=r"emo\.Player takes several") as caught:
            check_single(*arguments)
        assert caught.value.setting == setting


def test_where_data_go():
    """On this machine there is nothing to consent to; elsewhere the host is named, and on what basis."""
    assert destination(emo.EmotionLogic(url="http://localhost:2259")) == "Emotion Logic on this machine"
    assert destination(emo.Interhuman(url="ws://127.0.0.2:8080/v1/stream/analyze")) == "Interhuman on this machine"
    away = emo.EmotionLogic(url="https://lab.example.org:2259", consent="study 12, signed")
    assert destination(away) == "Emotion Logic on lab.example.org (consent: study 12, signed)"
