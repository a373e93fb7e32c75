"""What wants the person: the inbox, the questions of calls and agents, notifications and the title.

Read first: ``inbox`` (what waits, as a pure function of the states), then ``watch`` (what keeps it up to date).
"""
