"""Whose fault it is when a second copy cannot be taken away."""

import errno
import os
import tempfile
import unittest
from unittest import mock

import replace_leaks


def refusing(number):
    return mock.patch.object(replace_leaks.os, 'unlink', side_effect=OSError(number, os.strerror(number)))


class Problems(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(os.path.realpath(directory.name), 'copy.py')
        with open(self.path, 'w') as handle:
            handle.write('text')
        self.leak = {'path': self.path, 'remedy': 'remove', 'content': ''}

    def test_a_copy_that_stays_is_reported_with_the_reason(self):
        with refusing(errno.EBUSY):
            self.assertEqual(replace_leaks.problem_at(self.leak), os.strerror(errno.EBUSY))
        self.assertIsNone(replace_leaks.problem_at(self.leak))

    def test_a_full_or_dead_disk_ends_the_program(self):
        for number in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            with self.subTest(os.strerror(number)), refusing(number), self.assertRaises(OSError):
                replace_leaks.problem_at(self.leak)


if __name__ == '__main__':
    unittest.main()
