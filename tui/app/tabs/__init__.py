"""Which session stands where: tabs, the panes in them, and what of that is kept over a restart.

Read first: ``arrangement`` (pure values), then ``panes`` (the widgets that show it).
"""
