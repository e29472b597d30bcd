import os

open("{{VICTIM}}/pm-attack-setup", "w").close()
