"""What a copy of a source tree is like, whatever the tree's modes are on this host."""

import os
import stat
import tempfile
import unittest

from supervisor.tree_copy import copy_tree


class Copy(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.source, self.target = os.path.join(place.name, 'source'), os.path.join(place.name, 'target')
        os.makedirs(os.path.join(self.source, 'shut'))
        with open(os.path.join(self.source, 'shut', 'file'), 'w') as file:
            file.write('text')

    def mode(self, path):
        return stat.S_IMODE(os.lstat(os.path.join(self.target, path)).st_mode)

    def test_a_read_only_tree_is_one_to_work_in(self):
        for path, mode in (('shut/file', 0o444), ('shut', 0o555), ('.', 0o555)):
            os.chmod(os.path.join(self.source, path), mode)
            self.addCleanup(os.chmod, os.path.join(self.source, path), 0o755)
        copy_tree(self.source, self.target)
        self.assertEqual([self.mode(path) for path in ('.', 'shut', 'shut/file')], [0o755, 0o755, 0o444])

    def test_other_modes_are_as_they_were(self):
        os.chmod(os.path.join(self.source, 'shut'), 0o711)
        copy_tree(self.source, self.target)
        self.assertEqual(self.mode('shut'), 0o711)


if __name__ == '__main__':
    unittest.main()
