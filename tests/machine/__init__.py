"""A world that does its worst, an oracle that knows what must be held of it, and a machine that plays both.

`world.py` what happens at Graph · `oracle.py` what must be in the store, promise by promise · `killing.py` runs that
die · `rules.py` the state machine · `python -m tests.machine --minutes 20` plays it for long and prints figures.
"""
