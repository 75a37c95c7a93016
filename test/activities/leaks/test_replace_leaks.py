"""Whose fault it is when a second copy cannot be taken away."""

import base64
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


class Siblings(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.folder = os.path.realpath(directory.name)
        for name in ('copy.py', 'sibling.py'):
            with open(os.path.join(self.folder, name), 'w') as handle:
                handle.write(name)
            os.utime(os.path.join(self.folder, name), (1000, 1000))
        os.utime(self.folder, (2000, 2000))

    def status(self, name=''):
        return os.lstat(os.path.join(self.folder, name))

    def remedy(self, name, remedy, content=b''):
        leak = {'path': os.path.join(self.folder, name), 'remedy': remedy, 'content': base64.b64encode(content)}
        self.assertIsNone(replace_leaks.problem_at(leak))

    def test_a_copy_with_another_text_is_as_old_as_it_was(self):
        self.remedy('copy.py', 'overwrite', b'buggy')
        self.assertEqual([self.status(name).st_mtime for name in ('copy.py', '')], [1000, 2000])

    def test_what_lies_beside_it_is_written_anew_as_it_is(self):
        before = self.status('sibling.py')
        os.link(os.path.join(self.folder, 'sibling.py'), os.path.join(self.folder, 'same.py'))
        self.remedy('sibling.py', 'renew')
        after = self.status('sibling.py')
        self.assertEqual((after.st_nlink, after.st_mtime, after.st_mode), (1, 1000, before.st_mode))
        with open(os.path.join(self.folder, 'sibling.py')) as handle:
            self.assertEqual(handle.read(), 'sibling.py')

    def test_what_is_not_there_any_more_is_no_problem(self):
        self.remedy('gone.py', 'renew')


if __name__ == '__main__':
    unittest.main()
