"""The messages of the wire, pure: no socket, no loop, no clock."""
