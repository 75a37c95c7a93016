"""Open descriptors: read to the end, written to the end, and closed."""

import os

CHUNK_BYTES = 1 << 18


def read_all(descriptor):
    chunks = []
    while True:
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            return b''.join(chunks)
        chunks.append(chunk)


def read_from_start(descriptor):
    """All of a file that somebody else may be at the end of."""
    size = os.fstat(descriptor).st_size
    chunks, offset = [], 0
    while offset < size:
        chunks.append(os.pread(descriptor, 1 << 24, offset))
        offset += len(chunks[-1])
    return b''.join(chunks)


def write_all(descriptor, content):
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def close_each(descriptors):
    for descriptor in descriptors:
        os.close(descriptor)


def close_all_but(kept):
    """Never the standard streams: what is opened next would take their place."""
    for name in os.listdir('/proc/self/fd'):
        if int(name) > 2 and int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:
                pass  # The one that the list itself was read through.


def unnamed_memory(name):
    """A file that lies in memory and ends with its descriptor."""
    return os.memfd_create(name, os.MFD_CLOEXEC)
