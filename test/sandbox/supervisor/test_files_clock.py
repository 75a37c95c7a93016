"""How far the clock of files has been set back."""

import time
import unittest
from unittest import mock

from supervisor.files_clock import SetBack

SECOND = 10**9


class Clocks:
    def __init__(self):
        self.real, self.steady = 1000 * SECOND, 10 * SECOND

    def __call__(self, clock):
        return self.real if clock == time.CLOCK_REALTIME else self.steady

    def wait(self, seconds):
        self.real += seconds * SECOND
        self.steady += seconds * SECOND


class SetBackClocks(unittest.TestCase):
    def setUp(self):
        self.clocks = Clocks()
        patched = mock.patch('time.clock_gettime_ns', self.clocks)
        patched.start()
        self.addCleanup(patched.stop)
        self.set_back = SetBack()

    def test_time_that_passes_is_none(self):
        self.clocks.wait(3600)
        self.assertEqual(self.set_back.look(), 0)

    def test_a_clock_that_is_set_forth_is_none(self):
        self.clocks.real += 100 * SECOND
        self.assertEqual(self.set_back.look(), 0)

    def test_what_passes_between_two_looks_is_none(self):
        self.clocks.real -= SECOND // 2
        self.assertEqual(self.set_back.look(), 0)

    def test_the_most_counts_also_when_it_is_set_forth_again(self):
        self.clocks.wait(60)
        self.clocks.real -= 100 * SECOND
        self.assertEqual(self.set_back.look(), 100 * SECOND)
        self.clocks.real += 90 * SECOND
        self.assertEqual(self.set_back.look(), 100 * SECOND)


if __name__ == '__main__':
    unittest.main()
