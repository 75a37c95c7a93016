"""Where clients come into a container: FIFOs rather than a socket.

/proc/net/unix shows every socket to every process of the container.
"""

import fcntl
import os

from .connection import Connection
from .container_bridge import DOOR, RUN
from .log import log

PIPE_BYTES = 1 << 20


class FifoDoor:
    """A client makes two FIFOs and writes its number into a third one, the door."""

    def __init__(self):
        os.mkfifo(DOOR, 0o600)
        # For writing too, so that it never ends.
        self.door = os.open(DOOR, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self.pending = b''

    def fileno(self):
        return self.door

    def accept(self):
        try:
            self.pending += os.read(self.door, 1 << 12)
        except BlockingIOError:
            return
        *numbers, self.pending = self.pending.split(b'\n')
        for number in numbers:
            connection = open_pair(number.decode(errors='replace'))
            if connection is not None:
                yield connection

    def close(self):
        os.close(self.door)


def open_pair(number):
    incoming, outgoing = f'{RUN}/{number}.in', f'{RUN}/{number}.out'
    opened = []
    try:
        opened.append(os.open(incoming, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        opened.append(os.open(outgoing, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as problem:
        # Usually the client is gone already, or it is none of ours; it is not told, because nothing leads to it.
        log(f'client {number!r} cannot be reached: {problem}')
        for descriptor in opened:
            os.close(descriptor)
        return None
    finally:
        for path in (incoming, outgoing):
            try:
                os.unlink(path)
            except FileNotFoundError:
                pass
    for descriptor in opened:
        enlarge(descriptor)
    return Connection(*opened)


def enlarge(pipe):
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except PermissionError:
        pass  # A user may hold a limited amount of large pipes; a small one works, too.
