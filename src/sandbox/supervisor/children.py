"""Processes that the supervisor forks, what a command's process is before it becomes the command, and how it ends."""

import os
import resource
import signal

# Tests of larger projects keep hundreds of files open; more than this is a leak of the tested code.
OPEN_FILES = 16384
# What the supervisor, or whoever started it, may have set otherwise.
DEFAULT_SIGNALS = (
    signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT,
)  # fmt: skip


def fork_child(body):
    """Forks; the child runs `body` and never returns to the caller's code."""
    pid = os.fork()
    if pid != 0:
        return pid
    status = 1
    try:
        body()
        status = 0
    except BaseException as problem:
        os.write(2, f'supervisor: {problem}\n'.encode(errors='backslashreplace'))
    finally:
        os._exit(status)


def prepare_command(limits, processes=None):
    """In a child that is about to become a command: weights, limits, signals and umask as a command finds them."""
    with open('/proc/self/oom_score_adj', 'w') as handle:
        # When memory runs out, a command has to go, and neither the supervisor nor another process of the host.
        handle.write('1000')
    bounds = {
        resource.RLIMIT_DATA: limits['memoryBytes'],
        resource.RLIMIT_FSIZE: limits['fileBytes'],
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    if processes is not None:
        bounds[resource.RLIMIT_NPROC] = processes
    for name, value in bounds.items():
        hard = resource.getrlimit(name)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
    for number in DEFAULT_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    os.umask(0o022)


class Launched:
    """One running command, as its launcher knows it; it owns the descriptors `status` and `outputs`."""

    def __init__(self, pid, status, outputs):
        self.pid = pid
        # A pipe that does not block, on which whoever watches over the command says what became of it.
        self.status = status
        self.status_text = b''
        self.outputs = outputs
        # The wait status of `pid`, once it has ended.
        self.exited = None

    def read_status(self):
        """All that was said so far."""
        try:
            while chunk := os.read(self.status, 4096):
                self.status_text += chunk
        except BlockingIOError:
            pass
        return self.status_text


def kill(pid, number=signal.SIGKILL):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # It has ended by itself.
