"""What launchers leave behind where no process can be started, as while an agent's fork bomb runs."""

import os
import tempfile
import unittest
from unittest import mock

from plain_sandbox import open_descriptors
from supervisor.bubblewrap_launcher import BubblewrapLauncher
from supervisor.container_launcher import ContainerLauncher
from supervisor.kernel import Kernel

COMMAND = {
    'id': 'a', 'argv': ['true'], 'cwd': '/', 'env': {},
    'timeoutMs': 1000, 'loadPatienceMs': 0, 'outputCapBytes': 10, 'separateStderr': True,
}  # fmt: skip
LIMITS = {'memoryBytes': 1 << 30, 'fileBytes': 1 << 30, 'processes': 100}
NO_PROCESS = mock.patch('os.fork', side_effect=BlockingIOError(11, 'Resource temporarily unavailable'))


class NoProcess(unittest.TestCase):
    def setUp(self):
        self.before = open_descriptors()

    def assert_nothing_stays_open_without_room(self, start, most):
        """However many descriptors may still be opened."""
        for room in range(most):
            left = [None] * room

            def opens(call, left=left):
                def limited(*arguments):
                    if not left:
                        raise OSError(24, 'Too many open files')
                    left.pop()
                    return call(*arguments)

                return limited

            with (
                mock.patch('os.pipe', opens(os.pipe)),
                mock.patch('os.memfd_create', opens(os.memfd_create)),
                self.assertRaisesRegex(OSError, 'Too many open files'),
            ):
                start()
            self.assertEqual(open_descriptors(), self.before)

    def assert_nothing_stays_open(self, start):
        for _ in range(3):
            with NO_PROCESS, self.assertRaises(BlockingIOError):
                start()
        self.assertEqual(open_descriptors(), self.before)

    def test_bubblewrap(self):
        with tempfile.TemporaryDirectory() as directory:
            source = {'kind': 'directory'}
            config = {'limits': LIMITS, 'environment': {}, 'source': source, 'bwrap': '/usr/bin/bwrap'}
            launcher = BubblewrapLauncher(directory, config, Kernel(), {})
            launcher.unnamed_file = lambda: tempfile.TemporaryFile(buffering=0)
            self.assert_nothing_stays_open(lambda: launcher.start(COMMAND, b'standard input'))
            self.assert_nothing_stays_open(lambda: launcher.start({**COMMAND, 'separateStderr': False}, None))
            self.assert_nothing_stays_open(lambda: launcher.start_file_job('read', {}, b''))
            self.assert_nothing_stays_open_without_room(lambda: launcher.start(COMMAND, b'standard input'), 4)

    def test_a_container(self):
        with mock.patch.object(ContainerLauncher, 'unnamed_file', lambda _: tempfile.TemporaryFile(buffering=0)):
            launcher = ContainerLauncher({'limits': LIMITS, 'apart': False})
            self.assert_nothing_stays_open(lambda: launcher.start(COMMAND, b'standard input'))
            self.assert_nothing_stays_open(lambda: launcher.start_file_job('read', {}, b''))
            with NO_PROCESS, mock.patch('supervisor.container_launcher.log') as log:
                self.assertIsNotNone(launcher.tick())
                self.assertIsNotNone(launcher.tick())
            log.assert_called_once()
            self.assert_nothing_stays_open_without_room(lambda: launcher.start(COMMAND, b'standard input'), 6)
            self.assert_nothing_stays_open_without_room(lambda: launcher.start_file_job('read', {}, b''), 4)
            self.assertEqual(open_descriptors(), self.before)

    def test_a_container_without_room_on_its_disk(self):
        with mock.patch.object(ContainerLauncher, 'unnamed_file', lambda _: tempfile.TemporaryFile(buffering=0)):
            launcher = ContainerLauncher({'limits': LIMITS, 'apart': False})
        with mock.patch.object(launcher, 'unnamed_file', side_effect=OSError(28, 'No space left on device')):
            for _ in range(3):
                with self.assertRaises(OSError):
                    launcher.start_file_job('read', {}, b'')
        self.assertEqual(open_descriptors(), self.before)


if __name__ == '__main__':
    unittest.main()
