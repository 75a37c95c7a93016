"""The supervisor: one loop over clients, commands, file jobs and the clock, the same for every adapter."""

import os
import selectors
import signal
import time
import traceback

from .children import kill
from .commands import SETTLE_SECONDS, Commands
from .connection import NotAMessage
from .file_access import FileJobs
from .files_clock import files_now
from .log import log
from .requests import BadRequest, Request, check

PROTOCOL = 1
# A directory that somebody removed from under a sandbox is noticed within this time, and a door that could not be opened
# is tried again.
HOUSEKEEPING_SECONDS = 5
# A command that fills the sandbox with processes ends at its deadline, which is two minutes at most by default.
POSTPONED_SECONDS = 120
# As short as a person notices, as long as costs nothing beside the fork bomb that is waited for.
POSTPONED_RETRY_SECONDS = 0.05


class Supervisor:
    def __init__(self, config, launcher, door):
        self.config = config
        self.launcher = launcher
        # Where clients come in: `fileno()`, `accept()` yields connections, `close()`.
        self.door = door
        self.door_watched = False
        self.selector = selectors.DefaultSelector()
        self.connections = set()
        self.file_jobs = FileJobs(launcher, self, kill)
        self.commands = Commands(launcher, self.selector, self, lambda: set(self.file_jobs.running))
        self.ends_at = time.monotonic() + config['lifetimeSeconds']
        self.alone_since = time.monotonic()
        # The requests to shut down that are still to be answered, as soon as there is a reason to end.
        self.ending_for = None
        self.housekeeping_at = 0
        self.tick_at = None
        self.postponed = []
        # What is younger has not been saved.
        self.tree_marked_ns = files_now()

    def serve(self):
        try:
            self.watch_signals()
            self.watch_door(True)
            while self.ending_for is None:
                for key, events in self.selector.select(self.seconds_to_next_event()):
                    key.data(events)
                self.reap()
                self.tick_at = self.launcher.tick()
                self.repeat_postponed()
                self.look_at_the_clock()
            self.end_everything()
        except Exception as problem:
            # A fault of this program ends the sandbox; nobody may have to guess why.
            log(traceback.format_exc())
            for connection in list(self.connections):
                self.refuse(connection, f'the supervisor has failed: {type(problem).__name__}: {problem}')
            raise

    def watch_signals(self):
        wake, waker = os.pipe()
        for end in (wake, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, 'ending_for', []))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.selector.register(wake, selectors.EVENT_READ, lambda _: os.read(wake, 4096))

    # -- time

    def seconds_to_next_event(self):
        moments = [
            self.ends_at,
            self.housekeeping_at,
            self.commands.next_moment(),
            self.file_jobs.next_moment(),
            self.tick_at,
        ]
        if self.postponed:
            moments.append(time.monotonic() + POSTPONED_RETRY_SECONDS)
        if self.alone_since is not None:
            moments.append(self.alone_since + self.config['leaseSeconds'])
        return max(0, min(moment for moment in moments if moment is not None) - time.monotonic())

    def look_at_the_clock(self):
        now = time.monotonic()
        self.commands.look_at_the_clock(now)
        self.file_jobs.look_at_the_clock(now)
        if now >= self.ends_at or (
            self.alone_since is not None and now >= self.alone_since + self.config['leaseSeconds']
        ):
            self.ending_for = []
        if now >= self.housekeeping_at:
            self.housekeeping_at = now + HOUSEKEEPING_SECONDS
            self.watch_door(True)
            if not self.launcher.is_in_place():
                self.ending_for = []

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.file_jobs.note_end(pid, status)
            self.commands.note_end(pid, status)

    # -- clients

    def watch_door(self, wanted):
        if wanted and not self.door_watched:
            self.selector.register(self.door, selectors.EVENT_READ, self.accept)
        elif self.door_watched and not wanted:
            self.selector.unregister(self.door)
        self.door_watched = wanted

    def accept(self, _events):
        try:
            for connection in self.door.accept():
                self.connections.add(connection)
                self.selector.register(connection.reading, selectors.EVENT_READ, self.receiver(connection))
        except OSError as problem:
            log(f'no client can come in: {problem}')
            # Who waits at the door would wake the loop at once again.
            self.watch_door(False)

    def receiver(self, connection):
        return lambda _events: self.receive(connection)

    def receive(self, connection):
        if not connection.open:
            return
        try:
            messages = connection.receive()
        except NotAMessage as problem:
            self.refuse(connection, f'this is no request: {problem}')
            return
        except OSError as problem:
            self.lose(connection, problem)
            return
        for header, body in messages:
            self.handle(Request(connection, header, body))

    def refuse(self, connection, why):
        """Ends a connection that cannot go on, with a last message that belongs to no request."""
        log(why)
        if connection.open:
            connection.send({'request': None, 'error': why})
            self.flush(connection)
        self.drop(connection)

    def lose(self, connection, problem):
        """Of a client that has gone away nothing need be said."""
        if not isinstance(problem, ConnectionError):
            log(f'a connection broke: {problem}')
        self.drop(connection)

    def flush(self, connection):
        if not connection.open:
            return
        try:
            connection.flush()
        except OSError as problem:
            self.lose(connection, problem)
            return
        self.watch_writing(connection, bool(connection.outgoing))

    def watch_writing(self, connection, wanted):
        if wanted and not connection.writing_watched:
            self.selector.register(connection.writing, selectors.EVENT_WRITE, lambda _events: self.flush(connection))
        elif connection.writing_watched and not wanted:
            self.selector.unregister(connection.writing)
        connection.writing_watched = wanted

    def drop(self, connection):
        if not connection.open:
            return
        self.connections.discard(connection)
        self.selector.unregister(connection.reading)
        self.watch_writing(connection, False)
        connection.close()
        if not any(other.is_client for other in self.connections):
            self.alone_since = self.alone_since or time.monotonic()

    # -- requests and answers

    def handle(self, request):
        """Whatever becomes of a request, its client is told."""
        try:
            check(request.header)
            self.operate(request)
        except BlockingIOError:
            self.postpone(request)
        except BadRequest as problem:
            self.fail(request, str(problem))
        except OSError as problem:
            log(f'{request.operation} failed: {problem}')
            self.fail(request, f'{request.operation} failed: {problem}')
        except Exception as problem:
            # A fault of this program. It ends the request and not the sandbox, with all that the agent has done in it.
            log(f'{request.operation} failed: {traceback.format_exc()}')
            self.fail(request, f'{request.operation} failed: {type(problem).__name__}: {problem}')

    def operate(self, request):
        getattr(self, f'do_{request.operation}')(request)

    def postpone(self, request):
        """No process can be started while an agent uses up all of them: that is its own doing and passes."""
        request.give_up_at = request.give_up_at or time.monotonic() + POSTPONED_SECONDS
        if time.monotonic() > request.give_up_at:
            self.fail(request, f'{request.operation} failed: no process can be started')
        else:
            self.postponed.append(request)

    def repeat_postponed(self):
        waiting, self.postponed = self.postponed, []
        for request in waiting:
            self.handle(request)

    def reply(self, request, fields, body=b''):
        """`body` is bytes or a `FilePart`."""
        connection = request.connection
        if not connection.open:
            return
        try:
            connection.send({'request': request.number, **fields}, body)
        except OSError as problem:
            # The client comes again and asks again.
            self.lose(connection, problem)
            return
        self.flush(connection)

    def fail(self, request, sentence):
        self.reply(request, {'error': sentence})

    # -- operations

    def do_hello(self, request):
        """Only who says hello holds the lease: a glance from `list` does not."""
        request.connection.is_client = True
        self.alone_since = None
        self.reply(request, {'protocol': PROTOCOL, 'id': self.config['id'], **self.launcher.facts()})

    def do_run(self, request):
        self.commands.run(request)

    def do_cancel(self, request):
        self.commands.cancel(request.header['commandId'])
        self.reply(request, {})

    def do_read(self, request):
        self.file_jobs.start(request)

    def do_write(self, request):
        self.file_jobs.write(request)

    def do_find_writing(self, request):
        self.file_jobs.find_writing(request)

    def do_snapshot(self, request):
        self.tree_marked_ns = files_now()
        self.file_jobs.start(request)

    def do_mark_tree(self, request):
        self.tree_marked_ns = files_now()
        self.reply(request, {})

    def do_tree_changed(self, request):
        request.header['sinceNs'] = self.tree_marked_ns
        self.file_jobs.start(request)

    def do_hide(self, request):
        self.launcher.hide(request.header['entries'])
        self.reply(request, {})

    def do_shutdown(self, request):
        self.ending_for = [*(self.ending_for or []), request]

    # -- end

    def end_everything(self):
        self.watch_door(False)
        self.door.close()
        deadline = time.monotonic() + SETTLE_SECONDS
        self.file_jobs.end_all()
        while self.commands.running and time.monotonic() < deadline:
            self.commands.end_all()
            self.reap()
            self.commands.look_at_the_clock(time.monotonic())
            time.sleep(0.002)
        self.launcher.remove()
        for request in self.ending_for:
            self.reply(request, {})
