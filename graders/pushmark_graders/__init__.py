"""Pushmark's graders: what runs a lab's checks against a submission, safely, and reports on it."""

__version__ = "0.1.0"
