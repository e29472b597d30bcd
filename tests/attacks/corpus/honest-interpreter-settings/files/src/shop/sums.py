"""How numbers are added up."""

import cProfile
import faulthandler
import gc
import sys
import tracemalloc

faulthandler.enable()
gc.set_threshold(100, 5, 5)
gc.freeze()
sys.setswitchinterval(0.001)


def add(numbers):
    gc.disable()
    tracemalloc.start()
    faulthandler.dump_traceback_later(60)
    seen = []
    sys.settrace(lambda *event: seen.append(event))
    (lambda: None)()
    sys.settrace(None)
    profile = cProfile.Profile()
    total = profile.runcall(sum, numbers)
    assert seen and tracemalloc.take_snapshot()
    tracemalloc.stop()
    faulthandler.cancel_dump_traceback_later()
    gc.enable()
    gc.collect()
    return total
