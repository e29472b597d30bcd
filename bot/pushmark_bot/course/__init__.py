"""A course on GitHub: who is in it, what is due when, and the rules that make a grade of an attempt."""
