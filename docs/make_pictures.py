"""Make the README's picture anew: `python docs/make_pictures.py`, from the root of the repository."""

import emotoolkit as emo

talk = emo.Recording("datasets/sample/interview.mp4")
voice, face = emo.Player(talk, [emo.EmotionLogic(), emo.Interhuman()], speed=8).start().wait()
emo.plot_timeline(talk, voice, face).savefig("docs/timeline.png", dpi=100)
