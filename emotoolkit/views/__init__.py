"""The live view: a player or finished replays in a notebook, with controls.

Data flows in one direction::

    player or replays ── view_sources.py ── one interface to both: position, failures, commands
          │
       view_log.py ── journal records as an append-only log of what is drawn (pure)
          │
       view_feed.py ── the log of one recording, brought up to date on request
          │
          ├── panel_html.py (pure) ─► controls.py ── tier 1: core ipywidgets; refresh_thread.py sets their traits
          │
          └── page_calls.py ── answers calls of the page ─► player_widget.py + browser/ ── tier 2: the synced player
              page_server.py ── carries the calls and the medium over loopback; comm messages where that fails

A run over a dataset has a view of its own while it runs: `run_follower.py` reads its folder, `dataset_view.py` shows
it. `live_view.py` assembles a view. `playable_medium.py` and `preview_file.py` provide a file that the page can play,
`level_meter.py` the level of its sound.
"""

from emotoolkit.utils.extras import need

need("ipywidgets")
