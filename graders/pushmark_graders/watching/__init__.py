"""`pushmark watch`: the public checks again at every save. `plan` decides, `files` sees, `show` tells, `loop` acts."""
