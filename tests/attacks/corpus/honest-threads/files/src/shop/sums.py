"""How numbers are added up."""

import threading


def add(numbers):
    total, lock = [0.0], threading.Lock()

    def some(part):
        with lock:
            total[0] += sum(part)

    threading.Thread(target=threading.Event().wait, daemon=True).start()
    threads = [threading.Thread(target=some, args=(numbers[start::8],)) for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total[0]
