"""Pictures of recordings and of tables."""
