"""What a place that cannot be looked into means for what a script loads."""

import errno
import os
import tempfile
import unittest
from unittest import mock

import script_loads


class Problems(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        self.request = {
            'treeRoot': directory.name,
            'loads': [{'kind': 'python-module', 'name': 'a_module_of_nobody'}],
            'skip': [],
            'seconds': 3600,
        }

    def held_where_looking_meets(self, number):
        refused = OSError(number, os.strerror(number))
        with mock.patch.object(script_loads.os, 'scandir', side_effect=refused):
            return script_loads.Loads(self.request).find()

    def test_what_the_agent_may_not_see_is_not_held(self):
        for number in (errno.EACCES, errno.EPERM, errno.ENOENT):
            self.assertEqual(self.held_where_looking_meets(number), [])

    def test_a_dead_disk_ends_the_program(self):
        with self.assertRaises(OSError):
            self.held_where_looking_meets(errno.EIO)


if __name__ == '__main__':
    unittest.main()
