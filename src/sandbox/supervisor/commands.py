"""The commands of a sandbox: each is run once, whoever asks for it and however often, and its result is kept by its id."""

import os
import selectors
import time

from .descriptors import CHUNK_BYTES
from .machine_share import Machine, MachineShare
from .output_capture import Capture, ResultStore

# A killed process tree is gone within milliseconds; only one stuck in the kernel (a dead disk) takes longer, and then
# the result must not wait for it.
SETTLE_SECONDS = 5
# A process that is being taken down sends no signal when a stranger waits for it: it is looked at again this soon.
SURVIVORS_SECONDS = 0.002
# A kill may have found nothing to kill yet.
KILL_AGAIN_SECONDS = 0.1


class Command:
    """One that runs or has run; `command` is what the client asked for."""

    def __init__(self, command, out_of_memory_events):
        self.out_of_memory_events = out_of_memory_events
        self.id = command['id']
        self.started = time.monotonic()
        # Of time with the machine; what others take from it is granted on top, up to a bound.
        self.limit, self.load_patience = command['timeoutMs'] / 1000, command['loadPatienceMs'] / 1000
        self.share = None
        # When it is to be killed, where that is decided.
        self.kill_at = None
        # Output that is still open, by descriptor.
        self.streams = {}
        self.captures = [Capture(command['outputCapBytes']) for _ in range(2 if command['separateStderr'] else 1)]
        # Requests that wait for the result.
        self.waiters = []
        # `timed-out` or `cancelled` where it does not end by itself.
        self.ending = None
        self.main_ended = None
        self.launched = None
        # (header, body) of the answer.
        self.result = None

    def deadline(self):
        if self.kill_at is not None:
            return self.kill_at
        return self.started + self.limit + min(self.share.lost, self.load_patience)

    def next_moment(self):
        """When it is to be looked at or killed; what is being killed is looked at no more."""
        return self.deadline() if self.kill_at is not None else min(self.deadline(), self.share.next_look)


class Commands:
    """`answers` has `reply(request, fields, body)` and `fail(request, sentence)`; `other_children` are not commands'."""

    def __init__(self, launcher, selector, answers, other_children):
        self.launcher, self.selector, self.answers = launcher, selector, answers
        self.other_children = other_children
        self.known = {}
        self.running = {}
        self.results = ResultStore(launcher.unnamed_file)
        self.machine = Machine()

    # -- from start to end

    def run(self, request):
        command, stdin = request.header['command'], request.body if request.header['hasStdin'] else None
        known = self.known.get(command['id'])
        if known is not None and known.result is not None:
            self.answers.reply(request, *known.result)
            return
        if known is None:
            known = self.launch(command, stdin)
        known.waiters.append(request)

    def launch(self, command, stdin):
        running = Command(command, self.launcher.out_of_memory_events())
        running.launched = self.launcher.start(command, stdin)
        running.share = MachineShare(running.launched.pid, self.launcher.cores(), self.machine, running.started)
        for reading, capture in zip(running.launched.outputs, running.captures):
            os.set_blocking(reading, False)
            running.streams[reading] = capture
            self.selector.register(reading, selectors.EVENT_READ, self.reader(running, reading))
        self.known[command['id']] = self.running[command['id']] = running
        return running

    def cancel(self, command_id):
        running = self.running.get(command_id)
        if running is not None and running.main_ended is None:
            running.ending = running.ending or 'cancelled'
            running.kill_at = time.monotonic()

    def note_end(self, pid, status):
        """A child of the supervisor has ended, which may be the main process of a command."""
        for running in list(self.running.values()):
            if running.launched.pid == pid and running.main_ended is None:
                running.main_ended = time.monotonic()
                running.launched.exited = status
                self.settle(running)

    # -- time

    def next_moment(self):
        """When `look_at_the_clock` has something to do, or None."""
        moments = [
            running.next_moment() if running.main_ended is None else time.monotonic() + SURVIVORS_SECONDS
            for running in self.running.values()
        ]
        return min(moments, default=None)

    def look_at_the_clock(self, now):
        for running in list(self.running.values()):
            if running.main_ended is not None:
                self.settle(running)
            elif self.is_over(running, now):
                running.ending = running.ending or 'timed-out'
                running.kill_at = now + KILL_AGAIN_SECONDS
                self.launcher.kill(running.launched)

    @staticmethod
    def is_over(running, now):
        if running.kill_at is None and now >= running.next_moment():
            running.share.look(now)
            if now >= running.deadline():
                # What it has lost since the looks were last taken together may be what it lacks.
                running.share.settle()
        return now >= running.deadline()

    def end_all(self):
        """Nobody cancelled these: who waits for them learns from the closed connection that the sandbox is gone."""
        for running in self.running.values():
            running.ending, running.waiters = 'cancelled', []
            if running.main_ended is None:
                self.launcher.kill(running.launched)

    # -- output

    def reader(self, running, descriptor):
        return lambda _events: self.read_once(running, descriptor)

    def read_once(self, running, descriptor):
        """Reads one piece; False when there is nothing (more) to read."""
        try:
            data = os.read(descriptor, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if data:
            running.streams[descriptor].add(data)
            return True
        self.close_stream(running, descriptor)
        return False

    def close_stream(self, running, descriptor):
        self.selector.unregister(descriptor)
        os.close(descriptor)
        del running.streams[descriptor]

    # -- result

    def known_children(self):
        """All children of the supervisor that belong to something."""
        own = (self.launcher.processes_of(running.launched) for running in self.running.values())
        return self.other_children().union(*own)

    def settle(self, running):
        """Gives the result once everything that the command started is gone, and so all of its output is there."""
        overdue = time.monotonic() - running.main_ended > SETTLE_SECONDS
        if self.launcher.has_survivors(running.launched, self.known_children) and not overdue:
            return
        for descriptor in list(running.streams):
            while self.read_once(running, descriptor):
                pass
            if descriptor in running.streams:
                self.close_stream(running, descriptor)
        os.close(running.launched.status)
        del self.running[running.id]
        self.conclude(running)

    def conclude(self, running):
        problem = None if running.ending else self.launcher.launch_problem(running.launched)
        parts = [capture.parts() for capture in running.captures]
        waiters, running.waiters, running.captures = running.waiters, [], []
        if problem is not None:
            # Nothing ran, so the same command may be tried again.
            del self.known[running.id]
            said = parts[-1][1].decode(errors='replace').strip()[-500:]
            for request in waiters:
                self.answers.fail(request, f'{problem}: {said}')
            return
        streams = parts if len(parts) == 2 else [*parts, (b'', b'', 0)]
        lost_ms = running.share.lost_ms()
        header = {
            'ending': running.ending or 'exited',
            # What was ended may have left no status: its processes were more than could be waited for.
            'exitCode': None if running.ending else self.exit_code(running),
            'durationMs': round((running.main_ended - running.started) * 1000, 1),
            'streams': [[len(head), len(tail), dropped] for head, tail, dropped in streams],
            **({} if lost_ms is None else {'share': {'limitMs': running.limit * 1000, 'lostMs': lost_ms}}),
            'outOfMemory': self.launcher.out_of_memory_events() > running.out_of_memory_events,
        }
        running.result = (header, self.results.keep(b''.join(head + tail for head, tail, _ in streams)))
        for request in waiters:
            self.answers.reply(request, *running.result)

    def exit_code(self, running):
        code = os.waitstatus_to_exitcode(self.launcher.exit_status(running.launched))
        return code if code >= 0 else 128 - code
