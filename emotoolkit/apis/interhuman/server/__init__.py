"""The local Interhuman server, which measures what it receives."""
