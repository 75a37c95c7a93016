"""One client: messages cut out of what it sends, and answers written as fast as it takes them.

Wire format, the same in both directions: two big-endian 32-bit lengths, a JSON header, a body of raw bytes. The output
of a command is only ever in a body, so nothing that an agent prints can look like a message. Requests carry a number and
are answered in any order.
"""

import collections
import errno
import json
import os
import struct

PREFIX = struct.Struct('>II')
# A header holds at most an argument list, which the kernel limits to a few megabytes.
MAX_HEADER_BYTES = 16 << 20
# A body is a file or the standard input of a command; more than this is a mistake of the client.
MAX_REQUEST_BODY_BYTES = 256 << 20
READ_BYTES = 1 << 20


class NotAMessage(Exception):
    """What came in is not this protocol, so nothing that follows can be read either."""


class FilePart:
    """A piece of an open file, as the body of an answer; the descriptor stays with whoever made it."""

    def __init__(self, descriptor, start, size):
        self.descriptor, self.start, self.size = descriptor, start, size


class Connection:
    """A client, as two descriptors that do not block; each is watched for itself."""

    def __init__(self, reading, writing):
        self.reading, self.writing = reading, writing
        self.writing_watched = False
        self.incoming = bytearray()
        # Bytes, or a `FilePart` with a descriptor of its own.
        self.outgoing = collections.deque()
        self.is_client = False
        self.open = True

    def receive(self):
        """The messages that are complete, as (header, body); raises `ConnectionResetError` at the end."""
        try:
            data = os.read(self.reading, READ_BYTES)
        except BlockingIOError:
            return []
        if not data:
            raise ConnectionResetError(errno.ECONNRESET, 'the client is gone')
        self.incoming += data
        return list(self.messages())

    def messages(self):
        buffer = self.incoming
        while len(buffer) >= PREFIX.size:
            header_size, body_size = PREFIX.unpack_from(buffer)
            if header_size > MAX_HEADER_BYTES or body_size > MAX_REQUEST_BODY_BYTES:
                raise NotAMessage(f'a message of {header_size} + {body_size} bytes, which is beyond the limits')
            end = PREFIX.size + header_size + body_size
            if len(buffer) < end:
                return
            header = read_header(bytes(buffer[PREFIX.size : PREFIX.size + header_size]))
            body = bytes(buffer[PREFIX.size + header_size : end])
            del buffer[:end]
            yield header, body

    def send(self, header, body=b''):
        """`body` is bytes or a `FilePart`. Nothing is written yet."""
        text = json.dumps(header).encode()
        is_file = isinstance(body, FilePart)
        size = body.size if is_file else len(body)
        # Before anything is queued: where no descriptor is left, no half of an answer may be.
        part = FilePart(os.dup(body.descriptor), body.start, size) if is_file else memoryview(body)
        self.outgoing.append(memoryview(PREFIX.pack(len(text), size) + text))
        self.outgoing.append(part)

    def flush(self):
        """Writes what the client takes; file contents are read only as fast as it does."""
        while self.outgoing:
            part = self.outgoing[0]
            try:
                done = self.write_file(part) if isinstance(part, FilePart) else self.write_bytes(part)
            except BlockingIOError:
                return
            if done:
                self.outgoing.popleft()

    def write_bytes(self, part):
        sent = os.write(self.writing, part) if part else 0
        self.outgoing[0] = part[sent:]
        return sent == len(part)

    def write_file(self, part):
        if part.size > 0:
            sent = os.sendfile(self.writing, part.descriptor, part.start, min(part.size, READ_BYTES))
            if sent == 0:
                raise OSError(errno.EIO, 'the file of an answer was cut off while it was sent')
            part.start, part.size = part.start + sent, part.size - sent
        if part.size == 0:
            os.close(part.descriptor)
        return part.size == 0

    def close(self):
        self.open = False
        os.close(self.reading)
        os.close(self.writing)
        for part in self.outgoing:
            if isinstance(part, FilePart):
                os.close(part.descriptor)
        self.outgoing.clear()


def read_header(text):
    try:
        header = json.loads(text)
    except ValueError as problem:
        raise NotAMessage(f'a header that is not JSON: {text[:100]!r}') from problem
    if not isinstance(header, dict) or not isinstance(header.get('op'), str) or 'request' not in header:
        raise NotAMessage(f'a header without request and op: {text[:100]!r}')
    return header
