"""Tables of events, and what is asked of tables."""
