"""The live view: what a player or finished replays show in a notebook, and the controls beside it.

Data flows one way through this room as through the house::

    player or replays ── watched.py      one look at either: where it is, what went wrong, what can be asked of it
          │
       state.py ── records into a log of what is drawn, only ever appended to (pure)
          │
       feed.py ── the log of one recording, kept up to date by whoever asks
          │
          ├── panel.py (pure) ─► controls.py ── tier 1: core ipywidgets; pulse.py sets their traits, with credit
          │
          └── desk.py ── answers calls of the page ─► synced.py + browser/ ── tier 2: the synced player
              serving.py ── carries the calls, and the medium, over a loopback server; comm messages where that fails

A run over a dataset has a view of its own while it runs: `following.py` reads its folder, `board.py` shows it.
`live.py` puts a view together. `medium.py` and `preview.py` say what the page can play, `level.py` how loud it is.
"""

from emotoolkit.utils.extras import need

need("ipywidgets")
