"""What the local servers measure. Each number has a formula and a source; none is an emotion.

voice.py      speech detection: frames, stretches, background noise · prosody.py  all measures of one stretch
pitch.py      fundamental frequency, voicing, harmonics-to-noise ratio · perturbation.py  jitter and shimmer
spectrum.py   tilt, high-frequency share · rhythm.py  syllables · baseline.py  a speaker's usual values
rolling_voice.py  the last seconds against the baseline · turns.py  pauses, gaps, overlaps, latencies
face.py       face detection and tracking · cuts.py  scene cuts · head.py  nods and shakes
posture.py    leaning, holding still · movement.py  movement in the picture
catalogue.py  all measures with formula and source
"""
