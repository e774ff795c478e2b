"""Texts of clients, as a server reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.apis.interhuman.wire import messages, requests


@given(
    include=st.lists(st.sampled_from(messages.INCLUDE), unique=True), model=st.sampled_from([None, *messages.MODELS])
)
def test_texts_there_and_back(include, model):
    """What a client writes, a server reads."""
    read = requests.read_text(messages.config(include, model), messages.MODELS)
    assert read == requests.Config(tuple(name for name in messages.INCLUDE if name in include), model)
    assert requests.read_text(messages.close()) == requests.Close()


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (messages.config(messages.INCLUDE), requests.Config(messages.INCLUDE)),
        (messages.config([]), requests.Config(())),
        ('{"include": null, "goal_dimensions": ["rapport"]}', requests.Config(())),
        ('{"include": ["horoscope", "conversation_quality_overall"]}', requests.Config((messages.OVERALL,))),
        (messages.close(), requests.Close()),
        ("{", requests.Refusal("the text is not JSON")),
        ("3", requests.Refusal("a session config is one JSON object")),
        ('{"wish": 1}', requests.Refusal("a session config has no key 'wish'")),
        ('{"include": "all"}', requests.Refusal("include must be an array of strings")),
    ],
)
def test_texts_of_clients(text, meaning):
    """A config, the wish to end, or what is wrong."""
    assert requests.read_text(text) == meaning
