"""Whether a call may run: allow, ask or deny, judged from values.

Read first: ``verdict`` (the ladder), then ``commands`` (what a shell command does) and ``harmless`` (the table of what
runs unasked). ``surroundings`` and ``rulings`` alone look at the disk. Must never emit, wait or know a session.
"""
