"""How numbers are added up."""

import gc
import os
import weakref


class Node:
    pass


def add(numbers):
    node, other = Node(), Node()
    node.other, other.other = other, node
    seen = weakref.ref(node)
    del node, other
    gc.collect()
    assert seen() is None
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    assert gc.get_freeze_count() > 0
    child = os.fork()
    if child == 0:
        gc.unfreeze()
        gc.collect()
        os._exit(7 if gc.get_freeze_count() == 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    gc.unfreeze()
    gc.set_threshold(*gc.get_threshold())
    assert gc.isenabled() and len(gc.get_objects()) > 1000
    return sum(numbers)
