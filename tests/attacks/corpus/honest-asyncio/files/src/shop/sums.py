"""How numbers are added up."""

import asyncio
import sys


async def gather(numbers):
    queue = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for start in range(4):
            group.create_task(queue.put(sum(numbers[start::4])))
    total = sum([await queue.get() for _ in range(4)])
    assert await asyncio.to_thread(sum, numbers) == total
    program = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(6 * 7)", stdout=asyncio.subprocess.PIPE)
    assert (await program.communicate())[0] == b"42\n"
    try:
        await asyncio.wait_for(asyncio.sleep(9), 0.05)
    except TimeoutError:
        pass
    return total


def add(numbers):
    return asyncio.run(gather(numbers))
