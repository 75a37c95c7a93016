"""A supervisor whose commands are plain children of the test, and a client of it in the same process."""

import gc
import json
import os
import socket
import tempfile
import time
import unittest

from supervisor.children import Launched, fork_child, kill
from supervisor.connection import PREFIX, Connection
from supervisor.file_access import fork_file_job, report_file_job
from supervisor.launcher import Launcher
from supervisor.server import Supervisor

# A supervisor takes milliseconds for each of these steps; on any machine it takes less than this.
PATIENCE_SECONDS = 60


class PlainLauncher(Launcher):
    def start(self, command, stdin):
        status, output = os.pipe(), os.pipe()

        def child():
            os.dup2(output[1], 1)
            os.dup2(output[1], 2)
            os.execvp(command['argv'][0], command['argv'])

        pid = fork_child(child)
        os.close(status[1])
        os.close(output[1])
        os.set_blocking(status[0], False)
        return Launched(pid, status[0], [output[0]])

    def kill(self, launched):
        kill(launched.pid)

    def has_survivors(self, launched, known_children):
        launched.read_status()
        return False

    def exit_status(self, launched):
        return launched.exited

    def launch_problem(self, launched):
        return None

    def out_of_memory_events(self):
        return 0

    def start_file_job(self, operation, header, body):
        def child(target, report):
            report_file_job(self, operation, header, body, target, report)

        return fork_file_job(self, child)

    def become_agent(self):
        pass

    def unnamed_file(self):
        return tempfile.TemporaryFile(buffering=0)

    def hide(self, entries):
        pass

    def snapshot(self, target):
        target.write(b'a snapshot')

    def tree_changed(self, since_ns):
        return True

    def remove(self):
        pass


class ClosedDoor:
    """Nobody comes in: the test puts its own connection into the supervisor."""

    def __init__(self):
        self.end, self.other = os.pipe()

    def fileno(self):
        return self.end

    def accept(self):
        return []

    def close(self):
        os.close(self.end)
        os.close(self.other)


def open_descriptors():
    # What only a circle of objects still holds is not held.
    gc.collect()
    return len(os.listdir('/proc/self/fd'))


class SupervisorTest(unittest.TestCase):
    """A test with `self.supervisor`, whose loop only runs while an answer is waited for."""

    launcher_class = PlainLauncher

    def setUp(self):
        config = {'id': 'a sandbox', 'lifetimeSeconds': 3600, 'leaseSeconds': 3600}
        self.log = tempfile.TemporaryFile(buffering=0)
        # What the supervisor says belongs to the test and not on its terminal.
        self.stderr = os.dup(2)
        os.dup2(self.log.fileno(), 2)
        self.supervisor = Supervisor(config, self.launcher_class(), ClosedDoor())
        self.client, self.connection = self.connect()
        self.received = b''

    def tearDown(self):
        self.supervisor.drop(self.connection)
        self.supervisor.selector.close()
        self.supervisor.door.close()
        self.client.close()
        os.dup2(self.stderr, 2)
        os.close(self.stderr)
        self.log.close()

    def connect(self):
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        reading = theirs.detach()
        connection = Connection(reading, os.dup(reading))
        self.supervisor.door.accept = lambda: [connection]
        self.supervisor.accept(None)
        return ours, connection

    def logged(self):
        return os.pread(self.log.fileno(), 1 << 20, 0).decode()

    def send(self, header, body=b''):
        text = header if isinstance(header, bytes) else json.dumps(header).encode()
        self.client.sendall(PREFIX.pack(len(text), len(body)) + text + body)

    def answer(self):
        """The next message to the client, as (header, body); None when the connection has ended."""
        self.client.setblocking(False)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            message = self.take_message()
            if message is not None:
                return message
            try:
                chunk = self.client.recv(1 << 20)
            except BlockingIOError:
                self.turn()
                continue
            if not chunk:
                return None
            self.received += chunk
        raise AssertionError('the supervisor does not answer')

    def take_message(self):
        if len(self.received) < PREFIX.size:
            return None
        header_size, body_size = PREFIX.unpack_from(self.received)
        start, end = PREFIX.size + header_size, PREFIX.size + header_size + body_size
        if len(self.received) < end:
            return None
        header, body = json.loads(self.received[PREFIX.size : start]), self.received[start:end]
        self.received = self.received[end:]
        return header, body

    def turn(self):
        """One round of the supervisor's loop."""
        for key, events in self.supervisor.selector.select(0.001):
            key.data(events)
        self.supervisor.reap()
        self.supervisor.repeat_postponed()
        self.supervisor.look_at_the_clock()

    def ask(self, header, body=b''):
        self.send({'request': 7, **header}, body)
        return self.answer()

    def run_command(self, name, *argv):
        command = {
            'id': name,
            'argv': list(argv),
            'cwd': '/',
            'env': {},
            'timeoutMs': 1000 * PATIENCE_SECONDS,
            'loadPatienceMs': 0,
            'outputCapBytes': 1 << 20,
            'separateStderr': False,
        }
        return self.ask({'op': 'run', 'hasStdin': False, 'command': command})
