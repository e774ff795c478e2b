"""The local Emotion Logic servers: one measures what it receives, one plays journals."""
