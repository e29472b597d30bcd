"""Report v1 and everything a person sees of it.

`model` holds the types, `schema` reads and writes the file, `verdict` says it in words, `markdown`
writes the comment and `terminal` prints it. `text` keeps learner-made text inert in all of them.
"""
