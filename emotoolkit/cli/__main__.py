"""Run the command line as `python -m emotoolkit.cli`."""

from emotoolkit.cli import app

if __name__ == "__main__":
    app()
