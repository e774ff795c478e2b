"""What the local servers measure. Each number has a formula and a source; none is an emotion.

voice.py      where somebody speaks: frames, stretches, the room · prosody.py  all that is measured of one stretch
pitch.py      fundamental frequency, voicing, harmonics-to-noise · perturbation.py  jitter and shimmer
spectrum.py   tilt, high-frequency share · rhythm.py  syllables · baseline.py  what is usual for a speaker
rolling_voice.py  the last seconds against that · turns.py  pauses, gaps, overlaps, latencies
face.py       where the face is · head.py  nods and shakes · posture.py  leaning, holding still
movement.py   how much moves in the picture · catalogue.py  every number on one page
"""
