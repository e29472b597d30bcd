import os
import site
import sys

from shop.attempts import attempt, got

MARK = "import builtins\nbuiltins.pm_attack_ran = True\n"
HOME = os.path.expanduser("~")
SITES = [*sys.path, *site.getsitepackages(), site.getusersitepackages(), os.path.join(sys.prefix, "lib"), "/usr/lib/python3/dist-packages"]
attempt("ran at the start", lambda: __builtins__["pm_attack_ran"])
attempt("found in its home", lambda: os.path.exists(f"{HOME}/.profile"), bool)
for place in dict.fromkeys(SITES):
    if place.startswith(("/submission", HOME)) and place.endswith("src"):
        continue
    for name, text in {"sitecustomize.py": MARK, "usercustomize.py": MARK, "pm-attack.pth": MARK.replace("\n", "; "), "pm_attack.py": MARK}.items():
        def wrote(path=os.path.join(place, name), text=text):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            return not path.startswith((HOME, "/submission", "/tmp", "/dev/shm"))

        attempt(os.path.join(place, name), wrote, bool)
for name in (".profile", ".bashrc", ".pythonrc.py", ".config/pip/pip.conf", ".gitconfig", ".config/matplotlib/matplotlibrc", ".local/bin/python", ".dvc/config"):
    try:
        os.makedirs(os.path.dirname(os.path.join(HOME, name)), exist_ok=True)
        with open(os.path.join(HOME, name), "w") as file:
            file.write(MARK)
    except OSError:
        continue
os.environ.update(LD_PRELOAD="/submission/evil.so", PYTHONSTARTUP="/submission/src/shop/x.py", PYTHONPATH="/submission/src", BASH_ENV="/submission/x.sh", PATH="/submission:" + os.environ.get("PATH", ""))
