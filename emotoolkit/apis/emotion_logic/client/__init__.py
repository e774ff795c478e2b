"""The client of Emotion Logic: sessions, uploads, and reading replays in bulk."""
