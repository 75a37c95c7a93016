"""Connects its own standard streams with the supervisor of its container, and ends when either side does.

A client starts it with the engine's `exec`; a module of its own because its start is part of every connection.
"""

import _thread
import os
import select
import time

RUN = '/.selfplay/run'
DOOR = f'{RUN}/door'
CHUNK_BYTES = 1 << 18


def main():
    number = str(os.getpid())
    incoming, outgoing = f'{RUN}/{number}.in', f'{RUN}/{number}.out'
    await_door()
    for path in (incoming, outgoing):
        os.mkfifo(path, 0o600)
    reading = os.open(outgoing, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    # For reading too, so that it opens at once; the supervisor takes the names away when it has both.
    writing = os.open(incoming, os.O_RDWR)
    with open(DOOR, 'wb', buffering=0) as door:
        door.write(f'{number}\n'.encode())
    _thread.start_new_thread(copy, (0, writing))
    # Until the supervisor has opened the other end, a read would find the end of the stream.
    select.select([reading], [], [])
    copy(reading, 1)


def await_door():
    """The supervisor needs some tens of milliseconds to start; where it does not, the container ends and we with it."""
    while not os.path.exists(DOOR):
        time.sleep(0.002)


def copy(source, target):
    try:
        while True:
            chunk = os.read(source, CHUNK_BYTES)
            if not chunk:
                break
            view = memoryview(chunk)
            while view:
                view = view[os.write(target, view) :]
    except OSError:
        pass  # The other side is gone.
    os._exit(0)
