"""Children that wait for their order, because when it comes a fork bomb may have left no room for one."""

import json
import os
import signal

from .children import fork_child
from .container_keeper import SIGNALS, keep
from .descriptors import close_all_but, close_each, read_from_start, unnamed_memory, write_all
from .file_access import report_file_job, unnamed_report
from .kernel import PR_SET_CHILD_SUBREAPER


class Spare:
    """One child that is forked ahead.

    For a command there are two: the worker becomes the command, and the keeper is the parent of whatever loses its own
    parent below it, so it finds everything that the command started, in whatever session, and ends when nothing is left.
    """

    def __init__(self):
        self.pid = None
        self.childrens_ends, self.own_ends = [], []
        try:
            self.open()
        except OSError:
            close_each(self.childrens_ends)
            self.discard()
            raise

    def open(self):
        self.order = self.memory('order')
        self.payload = self.memory('stdin')
        self.go = self.pipe(0)

    def memory(self, name):
        self.own_ends.append(unnamed_memory(name))
        return self.own_ends[-1]

    def pipe(self, childs):
        """A pipe whose end of this number is for the child."""
        ends = os.pipe()
        self.childrens_ends.append(ends[childs])
        self.own_ends.append(ends[1 - childs])
        return ends

    def give(self, order, body):
        """Raises where memory ran out, and then the child has ended without an order."""
        try:
            write_all(self.order, json.dumps(order).encode())
            if body:
                write_all(self.payload, body)
            os.write(self.go[1], b'.')
        except OSError:
            self.discard()
            raise
        close_each((self.go[1], self.order, self.payload))

    def await_order(self, further):
        """In the child."""
        close_all_but({self.order, self.payload, *self.childrens_ends, *further})
        if os.read(self.go[0], 1) != b'.':
            os._exit(0)
        return json.loads(read_from_start(self.order))

    def fork(self, body):
        try:
            self.pid = fork_child(body)
        except OSError:
            self.discard()
            raise
        finally:
            close_each(self.childrens_ends)

    def is_alive(self):
        return os.path.exists(f'/proc/{self.pid}')

    def discard(self):
        """Of a spare that gets no order: it ends by itself with the other end of its pipe."""
        close_each(self.own_ends)


class CommandSpare(Spare):
    def __init__(self, launcher):
        super().__init__()

        def worker():
            order = self.await_order(set())
            try:
                launcher.become_command(order, self)
            except BaseException as problem:
                # Nothing of the agent ran: what it did not do is not its result.
                os.write(self.status[1], f'!{problem}'.encode(errors='backslashreplace'))
                raise

        def keeper():
            signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
            launcher.kernel.prctl(PR_SET_CHILD_SUBREAPER, 1)
            keep(self.status[1], fork_child(worker))

        self.fork(keeper)
        os.set_blocking(self.status[0], False)

    def open(self):
        super().open()
        self.status, self.stdout, self.stderr = self.pipe(1), self.pipe(1), self.pipe(1)


class FileSpare(Spare):
    def __init__(self, launcher):
        # First, because a full disk may have no room for it, and then nothing is open yet.
        self.target, self.report = launcher.unnamed_file(), unnamed_report()
        super().__init__()

        def worker():
            order = self.await_order({self.target.fileno(), self.report.fileno()})
            body = read_from_start(self.payload)
            report_file_job(launcher, order['operation'], order['header'], body, self.target, self.report)

        self.fork(worker)

    def discard(self):
        super().discard()
        self.target.close()
        self.report.close()
