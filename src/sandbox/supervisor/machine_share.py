"""What a command gets of the machine: how long it was ready to run while others had the processors.

A time limit is time with the machine, so that load makes a command slower and never ends it. Now and then a look counts
the threads of a command that are ready to run (they run or wait for a processor), the processor time that it has used,
and the threads of everybody else that are ready. What it wanted of processors and did not get while others were ready, it
has lost to them. So a command that sleeps loses nothing, and neither does one that keeps all processors busy alone,
however many of its own processes wait for each other.

The mean number of threads that are ready, less those that run, is their run-queue delay. The kernel's own sum of it
(`/proc/PID/task/TID/schedstat`) goes with a process that ends between two looks: of a shell script that starts a program
every few milliseconds, 14 of 37 seconds were seen.
"""

import os
import time

from .log import log

# A parser may have no more than ten seconds; forty looks tell within a tenth how much of them it lost.
LOOK_SECONDS = 0.25
# What is seen at one moment is taken for all of the time since the last, so several are taken together.
LOOKS_TOGETHER = 4
# A look at a thousand processes takes 20 ms; looking takes no more than one part in this of a processor.
LOOKING_PART = 50

TICKS = os.sysconf('SC_CLK_TCK')
# Fields of /proc/PID/stat behind the name of the program: state, user and system time with that of children, threads.
STATE, USED, THREADS = 0, slice(11, 15), 17


class MachineShare:
    """Of one command, from its start on; `machine` is a `Machine`, `cores` are the processors that it may use at once."""

    def __init__(self, pid, cores, machine, now):
        self.pid, self.cores, self.machine = pid, cores, machine
        self.lost, self.used = 0.0, 0.0
        self.next_look = now + LOOK_SECONDS
        self.settled_at, self.settled_used, self.looked_at = now, 0.0, None
        self.looks = []

    def look(self, now):
        """Whether it was late or not: what counts is how long ago the last one was."""
        began = time.thread_time()
        try:
            self.note(self.machine.look(self.pid), now)
        except OSError as problem:
            # No descriptor left, say: what was not seen is taken for time that the command had.
            log(f'a command cannot be looked at: {problem}')
        if len(self.looks) >= LOOKS_TOGETHER:
            self.settle()
        self.next_look = now + max(LOOK_SECONDS, LOOKING_PART * (time.thread_time() - began))

    def note(self, seen, now):
        if seen is None:
            return
        used, ready = seen
        others = self.machine.ready() - ready
        self.used = max(self.used, used)
        self.looks.append((min(ready, self.cores), max(0, min(others, self.cores))))
        self.looked_at = now

    def settle(self):
        """Takes the looks since the last time together."""
        if not self.looks:
            return
        seconds = self.looked_at - self.settled_at
        wanted = sum(ready for ready, _ in self.looks) / len(self.looks)
        others = sum(ready for _, ready in self.looks) / len(self.looks)
        self.lost += lost_seconds(seconds, wanted, self.used - self.settled_used, others)
        self.settled_at, self.settled_used, self.looks = self.looked_at, self.used, []

    def lost_ms(self):
        """For the answer; None when the command ended before it was looked at."""
        if self.looked_at is None:
            return None
        self.settle()
        return round(self.lost * 1000, 1)


def lost_seconds(seconds, wanted, used, others):
    """How much of the time others had what was wanted: all numbers of processors are means over the time.

    Who wants several processors and gets a part of each has lost that part of the time.
    """
    if seconds <= 0:
        return 0.0
    missing = min(max(0.0, wanted - used / seconds), others)
    return seconds * missing / max(1.0, wanted)


class Machine:
    """What the kernel says of processes; `proc` is another directory in tests."""

    def __init__(self, proc='/proc'):
        self.proc = proc
        # Without it a command's processes cannot be found, and one would be taken for all of them.
        self.tells_children = os.path.exists(f'{proc}/{os.getpid()}/task/{os.getpid()}/children')

    def look(self, pid):
        """Processor time, and threads that are ready, of a process with all that it has started; None where it is gone."""
        if not self.tells_children:
            return None
        used, ready, pending, found = 0, 0, [str(pid)], False
        while pending:
            process = pending.pop()
            try:
                fields = self.stat(process)
                threads = [process] if fields[THREADS] == b'1' else os.listdir(f'{self.proc}/{process}/task')
                for thread in threads:
                    state = fields[STATE] if len(threads) == 1 else self.stat(f'{process}/task/{thread}')[STATE]
                    ready += state == b'R'
                    with open(f'{self.proc}/{process}/task/{thread}/children') as handle:
                        pending += handle.read().split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # It has ended since.
            used += sum(int(ticks) for ticks in fields[USED])
            found = True
        return (used / TICKS, ready) if found else None

    def stat(self, process):
        with open(f'{self.proc}/{process}/stat', 'rb') as handle:
            # A program may have any name, with brackets and line ends in it.
            return handle.read().rpartition(b')')[2].split()

    def ready(self):
        """Threads of the whole machine that are ready, without the one that asks."""
        with open(f'{self.proc}/loadavg') as handle:
            return int(handle.read().split()[3].partition('/')[0]) - 1
