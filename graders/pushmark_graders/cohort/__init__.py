"""Grades many submissions to one lab, on all cores: `regrade` is the one call, for the command line and for servers.

`sources` names submissions and makes folders of them, `keys` says when a report is still right, `reports` keeps
reports on disk, `farm` runs grader processes, and `regrade` puts these together.
"""
