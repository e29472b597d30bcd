"""A grading in two halves on two machines: one runs learner code, the other holds the labels.

What a lab would ask of a submission about hidden inputs is written down once, with the lab's own solution (`asking`).
The first machine grades what is public and puts the written questions to the submission (`answering`); the second one
runs the hidden checks and measures the metrics on the answers (`scoring`), and never runs learner code.
"""
