"""`python -m emotoolkit.cli` is the command `emotoolkit`."""

from emotoolkit.cli import app

if __name__ == "__main__":
    app()
