"""
The whole platform, in the form of the demo: its launcher, supervisor, servers and processes, on a database
of its own with a small group in it, so that every one of them can be killed.
"""
