"""A course: how many attempts against hidden checks a learner has, and who used how many."""
