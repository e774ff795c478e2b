"""The notebook's door: what `import emotoolkit` gives, and what it does not do."""

import subprocess
import sys

import pytest

import emotoolkit as emo
from emotoolkit.apis.registry import BUILT_IN


def imported_by(statement: str) -> set[str]:
    """Top-level names of the modules that a fresh Python has after a statement."""
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_is_light():
    """Importing the package imports none of the libraries that it uses."""
    assert not imported_by("import emotoolkit") & {"numpy", "pandas", "matplotlib", "av", "socketio", "websockets"}


def test_worker_imports_no_tables():
    """The process that sends imports neither pandas nor matplotlib."""
    sending = ("replays.worker", *(f"apis.{api}.client.session" for api in BUILT_IN), "media.video.segments")
    assert not imported_by("; ".join(f"import emotoolkit.{module}" for module in sending)) & {"pandas", "matplotlib"}


@pytest.mark.parametrize("name", emo.__all__)
def test_public_names(name):
    """Each public name is there and says what it is."""
    assert getattr(emo, name).__doc__


def test_names_are_sorted():
    """The list of public names is sorted, case aside, and complete."""
    assert emo.__all__ == sorted(emo.__all__)
    assert {*emo.__all__} <= {*dir(emo)}


def test_unknown_name():
    """A name that is not there is an AttributeError that lists what is."""
    with pytest.raises(AttributeError, match="emotoolkit has no 'Recorder'; it has Cassette"):
        emo.Recorder  # noqa: B018
