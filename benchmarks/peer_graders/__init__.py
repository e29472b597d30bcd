"""Adapters: one exercise, or one cohort, graded by each of several graders, as its own documentation says."""
