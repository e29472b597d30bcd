"""How numbers are added up."""

import atexit
import sys
import threading
import weakref


class Books:
    pass


BOOKS = Books()
weakref.finalize(BOOKS, print, "the books are closed")
atexit.register(print, "the shop is closed")
sys.excepthook = lambda kind, error, trace: print("nobody caught", kind)
threading.excepthook = lambda told: print("no thread caught", told.exc_type)


def add(numbers):
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    return sum(numbers)
