"""What a tree looks like when it was written anew."""

import contextlib
import os
import stat
import tempfile
import unittest
from unittest import mock

import renew_tree

SECONDS = 946684800
# A user of no name; who is not root cannot become another one, and needs not to.
NOBODY = 65534


class RenewedTree(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(directory.name)
        if os.geteuid() == 0:
            os.chown('.', NOBODY, NOBODY)
            os.seteuid(NOBODY)
            self.addCleanup(os.seteuid, 0)

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

    def test_a_directory_of_somebody_else_stays_and_all_around_it_is_written_anew(self):
        own = ('top.py', 'src/f0.py', 'src/f1.py', 'src/deep/f2.py', 'src/shut/f3.py', 'src/zz.py')
        for path in (*own, 'src/shut/theirs/x.py', 'src/theirs/deep/x.py', 'src/theirs/unreadable/x.py'):
            self.write(path)
        inodes = {path: os.lstat(path).st_ino for path in self.paths() if '/shut' not in path}
        with of_somebody_else('theirs'):
            os.chmod('src/shut', 0o300)
            renewal = self.renew()
        self.assertEqual(set(os.listdir('src')), {'f0.py', 'f1.py', 'deep', 'shut', 'theirs', 'zz.py'})
        self.assertEqual(stat.S_IMODE(os.lstat('src/shut').st_mode), 0o300)
        os.chmod('src/shut', 0o700)
        self.assertEqual(sorted(os.listdir('src/shut')), ['f3.py', 'theirs'])
        self.assertEqual({path: os.lstat(path).st_mtime for path in own}, dict.fromkeys(own, SECONDS))
        os.chmod('src/theirs/unreadable', 0o700)
        for path, inode in inodes.items():
            (self.assertEqual if '/theirs' in path or path == './src' else self.assertNotEqual)(
                os.lstat(path).st_ino, inode, path
            )
        self.assertIn('./src/theirs/unreadable: Permission denied', renewal.kept)
        self.assertEqual(renewal.files, len(own))

    def test_one_file_that_cannot_be_copied_keeps_nothing_but_itself(self):
        self.write('src/own.py')
        self.write('src/deep/own.py')
        self.write('src/deep/theirs.py', mode=0)
        os.chmod('src/deep', 0o500)
        with of_somebody_else('theirs'):
            renewal = self.renew()
        self.assertEqual({os.lstat(path).st_mtime for path in ('src/own.py', 'src/deep/own.py', 'src/deep')}, {SECONDS})
        self.assertEqual(stat.S_IMODE(os.lstat('src/deep').st_mode), 0o500)
        self.assertEqual((renewal.files, renewal.kept), (2, ['./src/deep/theirs.py: Permission denied']))


@contextlib.contextmanager
def of_somebody_else(word):
    """Everything with the word in its path: nobody may change its mode, and directories of it let nobody write."""
    lstat = os.lstat

    def played(path, **options):
        status = lstat(path, **options)
        if word not in path:
            return status
        return os.stat_result((*status[:4], status.st_uid + 1, *status[5:]))

    for current, _, _ in os.walk('.', topdown=False):
        if word in current:
            os.chmod(current, 0 if 'unreadable' in current else 0o555)
    with mock.patch('renew_tree.os.lstat', played):
        yield
    for current, folders, _ in os.walk('.'):
        for name in folders:
            if word in os.path.join(current, name) and 'unreadable' not in name:
                os.chmod(os.path.join(current, name), 0o755)


if __name__ == '__main__':
    unittest.main()
