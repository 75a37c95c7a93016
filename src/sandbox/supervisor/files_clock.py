"""The clock that stamps files, which somebody may set back."""

import time

from .kernel import CLOCK_REALTIME_COARSE

# Two clocks are read one after the other, and a machine under load lets time pass in between. Who sets a clock back by
# less than this does it in the midst of a file system's own ticks.
SHORTEST_NS = 10**9


def files_now():
    return time.clock_gettime_ns(CLOCK_REALTIME_COARSE)


class SetBack:
    """How far that clock has been set back at most since this began, told by the one that only goes on."""

    def __init__(self):
        self.first = self.least = ahead_of_steady()

    def look(self):
        """To be asked again and again: a clock that is set forth again has stamped files meanwhile. In nanoseconds."""
        self.least = min(self.least, ahead_of_steady())
        back = self.first - self.least
        return back if back >= SHORTEST_NS else 0


def ahead_of_steady():
    steady = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.clock_gettime_ns(time.CLOCK_REALTIME) - steady
