"""What the local servers measure. Each number has a formula and a source; none is an emotion.

voice.py      where somebody speaks: frames, stretches, the room · prosody.py  all that is measured of one stretch
pitch.py      fundamental frequency, voicing, harmonics-to-noise · perturbation.py  jitter and shimmer
spectrum.py   tilt, high-frequency share · rhythm.py  syllables · speaker.py  what is usual for a speaker
turns.py      pauses, gaps, overlaps, latencies · movement.py  how much moves in the picture
face.py       where the face is · head.py  nods, shakes, leans
"""
