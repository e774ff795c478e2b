"""What used to be silent, provoked: a table of what happens, through which door, and of what must be said of it."""

from tests.silences import doors, machines, wires

ROWS = [*wires.ROWS, *machines.ROWS, *doors.ROWS]
