"""What every API has: its protocols, the events it yields, the journal, the schedule, settings and local servers."""
