"""What a tree looks like when it was written anew."""

import os
import stat
import tempfile
import unittest

import renew_tree

SECONDS = 946684800


class RenewedTree(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(directory.name)

    def write(self, path, text='text', mode=0o644):
        os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
        with open(path, 'w') as handle:
            handle.write(text)
        os.chmod(path, mode)

    def renew(self):
        renewal = renew_tree.Renewal(SECONDS)
        renewal.renew('.')
        return renewal

    def paths(self):
        return sorted(
            os.path.join(current, name) for current, folders, names in os.walk('.') for name in [*folders, *names]
        )

    def test_has_one_time_stamp_and_the_order_of_its_paths(self):
        for path in ('z.py', 'pkg/b.py', 'pkg/deep/a.py', 'a.py'):
            self.write(path)
        os.symlink('a.py', 'link.py')
        self.write('pkg/b.py', 'touched last')
        self.renew()
        self.assertEqual({os.lstat(path).st_mtime for path in self.paths()}, {SECONDS})
        files = [path for path in self.paths() if not os.path.isdir(path)]
        self.assertEqual(sorted(files, key=lambda path: os.lstat(path).st_ctime_ns), files)

    def test_is_the_same_tree_still(self):
        self.write('run.sh', '#!/bin/sh\n', 0o755)
        self.write('pkg/read_only.py', 'x = 1\n', 0o444)
        self.write('pkg/closed/inner.py', 'y = 2\n', 0o200)
        os.chmod('pkg/closed', 0o500)
        os.symlink('../nowhere', 'pkg/broken')
        os.mkfifo('pkg/pipe')
        before = {path: os.lstat(path) for path in self.paths()}
        renewal = self.renew()
        after = {path: os.lstat(path) for path in self.paths()}
        self.assertEqual(
            {path: status.st_mode for path, status in before.items()},
            {path: status.st_mode for path, status in after.items()},
        )
        for path in before:
            self.assertNotEqual(before[path].st_ino, after[path].st_ino, path)
        self.assertEqual(os.readlink('pkg/broken'), '../nowhere')
        with open('pkg/read_only.py') as handle:
            self.assertEqual(handle.read(), 'x = 1\n')
        self.assertEqual((renewal.files, renewal.kept), (5, []))

    def test_leaves_behind_what_was_compiled_and_what_runners_remember(self):
        for path in ('pkg/a.py', 'pkg/__pycache__/a.pyc', '.pytest_cache/v/cache/nodeids', '.testmondata'):
            self.write(path)
        renewal = self.renew()
        self.assertEqual(self.paths(), ['./pkg', './pkg/a.py'])
        self.assertEqual(renewal.removed, 3)

    def test_keeps_history_and_dependencies_where_they_lie(self):
        kept = ('.git/HEAD', 'pkg/node_modules/x/index.js', 'env/pyvenv.cfg', 'env/lib/y.py')
        for path in (*kept, 'pkg/a.py', 'pkg/sub/b.py'):
            self.write(path)
        inodes = {path: os.lstat(path).st_ino for path in kept}
        self.renew()
        self.assertEqual({path: os.lstat(path).st_ino for path in kept}, inodes)
        self.assertEqual({os.lstat(path).st_mtime for path in ('pkg', 'pkg/a.py', 'pkg/sub/b.py')}, {SECONDS})

    def test_names_what_belongs_to_somebody_else(self):
        self.write('own.py')
        self.write('theirs.py')
        copy_file = renew_tree.Renewal.copy_file

        def refusing(renewal, old, new):
            if 'theirs' in old:
                raise PermissionError(1, 'Operation not permitted')
            copy_file(renewal, old, new)

        renewal = renew_tree.Renewal(SECONDS)
        renewal.copy_file = refusing.__get__(renewal)
        renewal.renew('.')
        self.assertEqual(renewal.kept, ['./theirs.py: Operation not permitted'])
        self.assertTrue(stat.S_ISREG(os.lstat('theirs.py').st_mode))
        self.assertEqual(os.lstat('own.py').st_mtime, SECONDS)


if __name__ == '__main__':
    unittest.main()
