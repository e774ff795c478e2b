"""Texts of clients, as a server reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotoolkit.interhuman import messages, orders


@given(
    include=st.lists(st.sampled_from(messages.INCLUDE), unique=True), model=st.sampled_from([None, *messages.MODELS])
)
def test_texts_there_and_back(include, model):
    """What a client writes, a server reads."""
    read = orders.read_text(messages.config(include, model), messages.MODELS)
    assert read == orders.Config(tuple(name for name in messages.INCLUDE if name in include), model)
    assert orders.read_text(messages.close()) == orders.Close()


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (messages.config(messages.INCLUDE), orders.Config(messages.INCLUDE)),
        (messages.config([]), orders.Config(())),
        ('{"include": null, "goal_dimensions": ["rapport"]}', orders.Config(())),
        ('{"include": ["horoscope", "conversation_quality_overall"]}', orders.Config((messages.OVERALL,))),
        (messages.close(), orders.Close()),
        ("{", orders.Refusal("the text is not JSON")),
        ("3", orders.Refusal("a session config is one JSON object")),
        ('{"wish": 1}', orders.Refusal("a session config has no key 'wish'")),
        ('{"include": "all"}', orders.Refusal("include must be an array of strings")),
    ],
)
def test_texts_of_clients(text, meaning):
    """A config, the wish to end, or what is wrong."""
    assert orders.read_text(text) == meaning
