"""The live view: what a player or finished replays show in a notebook, and the controls beside it.

Data flows one way through this room as through the house::

    player or replays ── view_sources.py      one look at either: where it is, what went wrong, what can be asked of it
          │
       view_log.py ── records into a log of what is drawn, only ever appended to (pure)
          │
       view_feed.py ── the log of one recording, kept up to date by whoever asks
          │
          ├── panel_html.py (pure) ─► controls.py ── tier 1: core ipywidgets; refresh_thread.py sets their traits
          │
          └── page_calls.py ── answers calls of the page ─► player_widget.py + browser/ ── tier 2: the synced player
              page_server.py ── carries the calls and the medium over loopback; comm messages where that fails

A run over a dataset has a view of its own while it runs: `run_follower.py` reads its folder, `dataset_view.py` shows
it. `live_view.py` puts a view together. `playable_medium.py` and `preview_file.py` say what the page can play,
`level_meter.py` how loud it is.
"""

from emotoolkit.utils.extras import need

need("ipywidgets")
