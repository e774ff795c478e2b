"""Parts that all APIs share: protocols, events, the journal, the schedule, settings and local servers."""
