import os

for place in (".", "/tmp", "/dev/shm"):
    for step in range(6):
        try:
            with open(os.path.join(place, f"big{step}"), "wb") as file:
                file.write(bytes(7 << 20))
                file.truncate(1 << 40)
        except OSError:
            continue
    for step in range(500):
        try:
            open(os.path.join(place, f"many{step}"), "w").close()
        except OSError:
            break
