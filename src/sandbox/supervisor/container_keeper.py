"""Who watches over a command in a container, where all processes share one namespace."""

import os
import signal
import time

from .children import kill
from .commands import SETTLE_SECONDS
from .descriptors import close_all_but

SIGNALS = {signal.SIGCHLD, signal.SIGTERM}
# While everything is being killed it is looked again this soon; otherwise signals wake the keeper, and this is in case
# that one is lost.
ENDING_SECONDS, IDLE_SECONDS = 0.002, 60


def keep(report, worker):
    """The keeper's life: until nothing below it is left. SIGTERM means that the time is over."""
    close_all_but({report})
    ending, stuck_at = False, None
    while True:
        received = signal.sigtimedwait(SIGNALS, ENDING_SECONDS if ending else IDLE_SECONDS)
        ending = ending or (received is not None and received.si_signo == signal.SIGTERM)
        try:
            while True:
                pid, code = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid == worker:
                    os.write(report, b'%d\n' % code)
                    ending = True
        except ChildProcessError:
            return
        if ending:
            kill_below(os.getpid())
            # From here on, because a fork bomb on a machine under load takes longer than this to be stopped.
            stuck_at = stuck_at or time.monotonic() + SETTLE_SECONDS
            if time.monotonic() > stuck_at:
                return  # Stuck in the kernel: the result does not wait for that.


def kill_below(keeper):
    """Stops everything first: what is stopped does not fork, so also a fork bomb comes to an end."""
    stopped = set()
    while fresh := children_of({keeper}) - stopped:
        for pid in fresh:
            kill(pid, signal.SIGSTOP)
        stopped |= fresh
    for pid in stopped:
        kill(pid)


def children_of(parents):
    """The processes below these; a scan of /proc, which in a container holds no stranger."""
    parent_of = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open(f'/proc/{name}/stat', 'rb') as handle:
                    fields = handle.read().rpartition(b')')[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # It has ended since.
            if fields[0] != b'Z':
                parent_of[int(name)] = int(fields[1])
    found = set()
    while True:
        below = {pid for pid, parent in parent_of.items() if parent in parents or parent in found} - found
        if not below:
            return found
        found |= below
