"""What used to be silent, provoked: a table of what happens, through which door, and of what must be said of it."""

from tests.silences import places, wires

ROWS = [*wires.ROWS, *places.ROWS]
