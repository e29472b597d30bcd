"""How numbers are added up."""

import multiprocessing


def answer(numbers, queue):
    queue.put(sum(numbers))


def add(numbers):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=answer, args=(numbers, queue))
    process.start()
    total = queue.get(timeout=9)
    process.join()
    assert process.exitcode == 0
    return total
