"""The local servers: one that measures, and one that plays journals."""
