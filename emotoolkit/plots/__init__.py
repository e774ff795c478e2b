"""Figures of recordings and of result tables."""
