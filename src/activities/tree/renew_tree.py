"""Writes every file of a tree anew, in the order of the paths, under one time stamp.

A bug is applied to a tree that lies there already, so whatever it touched is younger, has a later inode and comes first in
an overlay's directories. Afterwards nothing of this tells one file from another. The times of change cannot be set; they
follow the paths.

Runs as the agent's user, on a request in JSON (`{"root", "seconds"}`, the latter the time stamp); says in JSON what it
wrote.
Python 3.9, standard library only.
"""

import errno
import json
import os
import secrets
import shutil
import stat
import sys

# History, which is made anew behind this, and dependencies, which no bug may touch and which may be large.
KEPT = {'.git', 'node_modules', '.tox', '.nox'}
VIRTUAL_ENVIRONMENT = 'pyvenv.cfg'
# What is compiled and what runners remember of a run before: the first lacks what the bug touched, the second names tests
# that were taken away. All of it is made again by whoever needs it.
LEFT_BEHIND = {'__pycache__', '.pytest_cache', '.nyc_output', '.jest-cache', '.hypothesis', '.testmondata'}
# No name of a project's own.
FRESH = f'.{secrets.token_hex(8)}'


class Renewal:
    def __init__(self, seconds):
        self.stamp = (seconds * 10**9, seconds * 10**9)
        self.files, self.removed, self.kept = 0, 0, []
        # As they were before anything was permitted.
        self.modes = {}

    def renew(self, directory):
        """The content of a directory that itself stays: the root, or one that holds what stays."""
        mode = self.permit(directory)
        if not os.access(directory, os.R_OK | os.X_OK, effective_ids=True):
            self.kept.append(f'{directory}: {os.strerror(errno.EACCES)}')
            return
        for name in sorted(os.listdir(directory)):
            path = os.path.join(directory, name)
            if is_kept(path, name):
                continue
            if name in LEFT_BEHIND:
                self.leave_behind(path)
            elif not is_directory(path):
                self.replace_file(path)
            elif self.holds_what_stays(path):
                self.renew(path)
            else:
                self.replace_directory(path)
        self.stamp_directory(directory, mode)

    def replace_file(self, path):
        fresh = path + FRESH
        try:
            self.copy_file(path, fresh)
            os.rename(fresh, path)
            self.files += 1
        except PermissionError as problem:
            # Somebody else's, so no bug of this user has touched it either.
            remove(fresh)
            self.kept.append(f'{path}: {problem.strerror}')

    def replace_directory(self, path):
        fresh = path + FRESH
        before = self.files, self.removed
        try:
            self.copy_directory(path, fresh)
        except PermissionError:
            # Not as a whole, then, but file by file, without the one that cannot be copied.
            remove(fresh)
            self.files, self.removed = before
            self.renew(path)
            return
        # All directories in it are this user's. If one refuses all the same, the program fails: half a tree is no tree.
        remove(path)
        os.rename(fresh, path)

    def holds_what_stays(self, directory):
        """Something that is kept, or a directory of somebody else, which could not be removed with the rest."""
        self.permit(directory)
        for current, directories, names in os.walk(directory):
            if VIRTUAL_ENVIRONMENT in names or not KEPT.isdisjoint([*directories, *names]) or not is_own(current):
                return True
            directories[:] = [name for name in directories if name not in LEFT_BEHIND]
            for name in directories:
                self.permit(os.path.join(current, name))
        return False

    def copy_directory(self, old, new):
        mode = self.permit(old)
        os.mkdir(new, 0o700)
        for name in sorted(os.listdir(old)):
            source, target = os.path.join(old, name), os.path.join(new, name)
            if name in LEFT_BEHIND:
                self.removed += 1
            elif is_directory(source):
                self.copy_directory(source, target)
            else:
                self.copy_file(source, target)
                self.files += 1
        self.stamp_directory(new, mode)

    def permit(self, path):
        """Returns the mode that it had before the first time."""
        return self.modes.setdefault(path, permit(path))

    def copy_file(self, old, new):
        status = os.lstat(old)
        mode = self.permit(old)
        if stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(old), new)
        elif stat.S_ISREG(status.st_mode):
            shutil.copyfile(old, new)
            os.chmod(new, mode)
        elif stat.S_ISFIFO(status.st_mode):
            os.mkfifo(new, mode)
        else:
            raise PermissionError(errno.EPERM, 'neither a file nor a link')
        os.utime(new, ns=self.stamp, follow_symlinks=False)

    def leave_behind(self, path):
        try:
            remove(path)
            self.removed += 1
        except PermissionError as problem:
            self.kept.append(f'{path}: {problem.strerror}')

    def stamp_directory(self, directory, mode):
        try:
            os.utime(directory, ns=self.stamp)
            os.chmod(directory, mode)
        except PermissionError as problem:
            self.kept.append(f'{directory}: {problem.strerror}')


def is_directory(path):
    return stat.S_ISDIR(os.lstat(path).st_mode)


def is_kept(path, name):
    return name in KEPT or os.path.lexists(os.path.join(path, VIRTUAL_ENVIRONMENT))


def is_own(path):
    return os.lstat(path).st_uid == os.geteuid()


def permit(path):
    """An owner may give itself what the mode denies; the copy gets the old mode, which is returned."""
    status = os.lstat(path)
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode):
        wanted = 0o700 if stat.S_ISDIR(status.st_mode) else 0o400
        if mode & wanted != wanted:
            os.chmod(path, mode | wanted)
    return mode


def remove(path):
    if not os.path.lexists(path):
        return
    if not is_directory(path):
        os.unlink(path)
        return
    for current, directories, _ in os.walk(path):
        for name in directories:
            permit(os.path.join(current, name))
    shutil.rmtree(path)


def main():
    request = json.load(sys.stdin)
    os.chdir(request['root'])
    renewal = Renewal(request['seconds'])
    renewal.renew('.')
    json.dump({'files': renewal.files, 'removed': renewal.removed, 'kept': renewal.kept[:20]}, sys.stdout)


if __name__ == '__main__':
    main()
