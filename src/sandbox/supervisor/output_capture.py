"""What is kept of a command's output, and where it waits for its reader."""

import errno
import os

from .connection import FilePart
from .descriptors import CHUNK_BYTES
from .log import log

# Most commands print less than this; what is kept in memory for each of the thousands of commands in a long life then
# adds up to a few megabytes.
RESULT_BYTES_IN_MEMORY = 1 << 12
# What an agent may bring about by itself; anything else is said.
DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Capture:
    """Keeps the first and the last half of a stream, whatever its length."""

    def __init__(self, cap):
        self.head_size = cap // 2
        self.tail_size = cap - self.head_size
        self.head, self.tail, self.total = bytearray(), bytearray(), 0

    def add(self, data):
        self.total += len(data)
        missing = self.head_size - len(self.head)
        if missing > 0:
            self.head += data[:missing]
            data = data[missing:]
        self.tail += data
        # Cut now and then rather than at each chunk, so that a flood costs one copy of each byte.
        if len(self.tail) > 2 * self.tail_size + CHUNK_BYTES:
            del self.tail[: len(self.tail) - self.tail_size]

    def parts(self):
        tail = bytes(self.tail[max(0, len(self.tail) - self.tail_size) :])
        return bytes(self.head), tail, self.total - len(self.head) - len(tail)


class ResultStore:
    """The outputs of finished commands, one after another in a single file, so that any number costs one descriptor."""

    def __init__(self, open_file):
        self.open_file = open_file
        self.file = None
        self.end = 0

    def keep(self, content):
        """What `Connection.send` takes for a body."""
        if len(content) <= RESULT_BYTES_IN_MEMORY:
            return content
        try:
            self.file = self.file or self.open_file()
            start = self.end
            write_all_at(self.file.fileno(), content, start)
        except OSError as problem:
            # It costs memory here, and not a result.
            if problem.errno not in DISK_IS_FULL:
                log(f'a result of {len(content)} bytes stays in memory: {problem}')
            return content
        self.end += len(content)
        return FilePart(self.file.fileno(), start, len(content))


def write_all_at(descriptor, content, offset):
    view = memoryview(content)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
