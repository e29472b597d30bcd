"""Grading on GitHub Actions: an instructor's repository whose jobs grade, and the results that come back.

`build` writes that repository, `jobs` is what its jobs run, `executor` asks for a grading and takes the result, and
`practice` takes what jobs in learners' own repositories say, which is never a score.
"""
