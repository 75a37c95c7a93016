"""What a command is found to have lost to others, looked at by a machine that is played."""

import os
import tempfile
import unittest

from supervisor.machine_share import Machine, MachineShare, lost_seconds


class PlayedMachine:
    """`used` seconds of a processor, `ready` threads of the command and `others` of the rest, as they are set."""

    def __init__(self):
        self.used, self.command_ready, self.others = 0.0, 0, 0
        self.gone = False

    def look(self, _pid):
        if self.gone == 'broken':
            raise OSError(24, 'Too many open files')
        return None if self.gone else (self.used, self.command_ready)

    def ready(self):
        return self.command_ready + self.others


class AShare(unittest.TestCase):
    def setUp(self):
        self.machine = PlayedMachine()
        self.now = 100.0
        self.share = MachineShare(1, 2, self.machine, self.now)

    def lasts(self, seconds, *, ready, used, others):
        """So many seconds in which so many threads are ready and use so many processors."""
        for _ in range(round(seconds / 0.25)):
            self.now += 0.25
            self.machine.command_ready, self.machine.others = ready, others
            self.machine.used += 0.25 * used
            self.share.look(self.now)
        self.share.settle()

    def test_who_sleeps_loses_nothing_whatever_the_load(self):
        self.lasts(60, ready=0, used=0, others=12)
        self.assertEqual(self.share.lost, 0)

    def test_who_computes_alone_loses_nothing(self):
        self.lasts(60, ready=1, used=1, others=0)
        self.assertEqual(self.share.lost, 0)

    def test_who_computes_beside_others_loses_what_they_take(self):
        self.lasts(60, ready=1, used=0.25, others=12)
        self.assertAlmostEqual(self.share.lost, 45)

    def test_who_wants_both_processors_and_gets_half_of_each_loses_half_of_the_time(self):
        self.lasts(60, ready=5, used=1, others=12)
        self.assertAlmostEqual(self.share.lost, 30)

    def test_who_keeps_itself_from_the_processors_loses_nothing(self):
        self.lasts(60, ready=100, used=2, others=0)
        self.assertEqual(self.share.lost, 0)

    def test_what_nobody_else_wanted_was_not_taken_by_others(self):
        # Processor time of processes that nobody waits for is not seen.
        self.lasts(60, ready=2, used=0, others=0)
        self.assertEqual(self.share.lost, 0)

    def test_load_of_one_minute_does_not_excuse_sleep_in_another(self):
        self.lasts(60, ready=8, used=2, others=0)
        self.lasts(60, ready=0, used=0, others=12)
        self.assertEqual(self.share.lost, 0)

    def test_a_look_that_comes_late_counts_for_all_of_its_time(self):
        self.machine.command_ready, self.machine.others, self.machine.used = 1, 12, 1.0
        self.share.look(self.now + 10)
        self.share.settle()
        self.assertAlmostEqual(self.share.lost, 9)

    def test_says_what_was_lost_in_milliseconds(self):
        self.lasts(10, ready=1, used=0.5, others=4)
        self.assertEqual(self.share.lost_ms(), 5000.0)

    def test_nothing_is_said_of_what_nobody_looked_at(self):
        self.assertIsNone(self.share.lost_ms())
        self.machine.gone = True
        self.share.look(self.now + 1)
        self.assertIsNone(self.share.lost_ms())

    def test_a_look_that_fails_is_time_that_the_command_had(self):
        self.machine.gone = 'broken'
        self.share.look(self.now + 1)
        self.assertEqual(self.share.lost, 0)
        self.assertGreater(self.share.next_look, self.now + 1)


class LostSeconds(unittest.TestCase):
    def test_nothing_is_lost_in_no_time(self):
        self.assertEqual(lost_seconds(0, 2, 1, 2), 0)

    def test_ticks_may_give_more_than_was_wanted(self):
        self.assertEqual(lost_seconds(1, 1, 1.01, 4), 0)


class AMachine(unittest.TestCase):
    """A directory in place of /proc."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.proc = self.folder.name
        self.write(f'{os.getpid()}/task/{os.getpid()}/children', '')
        self.write('loadavg', '0.10 0.20 0.30 7/400 4242\n')

    def write(self, path, text):
        path = os.path.join(self.proc, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as handle:
            handle.write(text)

    def process(self, pid, *, threads=('R',), ticks=(0, 0, 0, 0), children=''):
        def stat(number, state):
            fields = [state, '1', *['0'] * 9, *map(str, ticks), '20', '0', str(len(threads)), '0', '0']
            return f'{number} (a ) name\n) {" ".join(fields)}'

        self.write(f'{pid}/stat', stat(pid, threads[0]))
        for index, state in enumerate(threads):
            self.write(f'{pid}/task/{pid + index}/stat', stat(pid + index, state))
            self.write(f'{pid}/task/{pid + index}/children', children if index == 0 else '')

    def machine(self):
        return Machine(self.proc)

    def test_adds_up_everything_that_a_process_has_started(self):
        self.process(10, threads=('S',), ticks=(1, 2, 100, 200), children='20 30 ')
        self.process(20, threads=('R', 'S', 'R'), ticks=(10, 0, 0, 0))
        self.process(30, threads=('D',))
        used, ready = self.machine().look(10)
        self.assertAlmostEqual(used * os.sysconf('SC_CLK_TCK'), 313)
        self.assertEqual(ready, 2)

    def test_does_not_mind_what_has_ended_since(self):
        self.process(10, children='20')
        self.assertEqual(self.machine().look(10), (0, 1))
        self.assertIsNone(self.machine().look(99))

    def test_says_nothing_of_processes_where_children_cannot_be_found(self):
        self.process(10)
        os.unlink(f'{self.proc}/{os.getpid()}/task/{os.getpid()}/children')
        self.assertIsNone(self.machine().look(10))

    def test_counts_who_is_ready_on_all_of_it_without_itself(self):
        self.assertEqual(self.machine().ready(), 6)

    def test_sees_a_real_process_compute(self):
        pid = os.fork()
        if pid == 0:
            while True:
                pass
        try:
            used = 0
            while used < 0.05:
                used, ready = Machine().look(pid)
            self.assertEqual(ready, 1)
        finally:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
