"""Colours, fonts, lanes and downsampling: pure functions that all plots share."""
