"""One tool call, from its raw arguments to its one ToolEnded.

Read first: ``permit`` (parsed, judged, asked about), then ``executor`` (run under a deadline) and ``bridge`` (the one
pool of threads). ``lending`` is what a session lends a running call.
"""
