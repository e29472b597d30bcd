import os

here = os.getcwd()
try:
    for step in range(1100):
        os.mkdir("d")
        os.chdir("d")
except OSError:
    pass
os.chdir(here)
os.makedirs("locked/inner", exist_ok=True)
os.symlink("{{VICTIM}}", "locked/inner/link")
open("locked/inner/file", "w").close()
os.chmod("locked/inner", 0)
os.chmod("locked", 0)
os.chmod(".", 0)
