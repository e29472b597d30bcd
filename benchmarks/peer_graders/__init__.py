"""Adapters: one exercise, graded by each of several graders, each set up as its own documentation says."""
