import hashlib
import os

from shop.attempts import attempt, got

PLACES = ["/tmp/pm-cache", "/dev/shm/pm-cache", "cache", "src/shop/cache", os.path.expanduser("~/.cache/pm-cache"), "/submission/.cache"]
for place in PLACES:
    attempt(f"warm {place}", lambda: open(place).read(), bool)
for place in PLACES:
    try:
        os.makedirs(os.path.dirname(place) or ".", exist_ok=True)
        with open(place, "w") as file:
            file.write(hashlib.sha256(b"work").hexdigest())
    except OSError:
        continue
