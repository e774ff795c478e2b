"""What is learnt of a server is remembered by its address, and forgotten when it is seen to be otherwise."""

from emotoolkit.apis.base import server_traits


def test_by_address():
    """Each address has its own traits, and they last."""
    server_traits.of("http://a").has_not("completed")
    assert server_traits.of("http://a").lacks("completed")
    assert not server_traits.of("http://b").lacks("completed")
    server_traits.of("http://a").has("completed")
    assert not server_traits.of("http://a").lacks("completed")


def test_longest_silence():
    """The longest of all silences counts."""
    traits = server_traits.ServerTraits()
    for seconds in (1.0, 3.0, 2.0):
        traits.note_silence(seconds)
    assert traits.longest_silence == 3.0
