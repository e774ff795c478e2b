"""The messages of the Interhuman protocol, both directions; pure."""
