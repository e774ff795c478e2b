"""Colours, fonts, lanes and downsampling: what all pictures share; pure."""
