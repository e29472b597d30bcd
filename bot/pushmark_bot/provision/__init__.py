"""Learners' repositories: invited to, made, kept up to date, collected, and put away."""
