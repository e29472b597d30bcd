import json
import os
import shutil

for name, goal in {
    "metrics.json": "/dev/zero",
    "mlflow.db": "{{VICTIM}}/file",
    "src/shop/forecast.pyc": "/etc/passwd",
    "mlruns": "/",
    ".dvc/config.local": "{{VICTIM}}/file",
}.items():
    if os.path.lexists(name):
        os.unlink(name) if not os.path.isdir(name) or os.path.islink(name) else shutil.rmtree(name)
    os.symlink(goal, name)
os.symlink("/etc", "src/shop/etc")
os.mkfifo("src/pipe.py")
with open("loop", "w"):
    pass
with open("model.json", "w") as file:
    json.dump({"slope": 2.0}, file)
for step in range(30):
    os.link("loop", f"hard{step}")
