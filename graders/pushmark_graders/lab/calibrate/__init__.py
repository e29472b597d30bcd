"""Measures what a lab's metrics can tell apart, proposes their bounds, and writes both down.

Measured are the starter, the solution and the honest solutions, each trained once, over several course seeds: other
hidden rows, and another split of them into halves. The arithmetic is in `proposal`, the files in `pages`.
"""
