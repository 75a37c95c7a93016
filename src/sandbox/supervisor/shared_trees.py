"""Read-only copies of sources, each shared by all sandboxes that are made of it."""

import errno
import fcntl
import os
import time

from .boot_problem import BootProblem
from .maker import this_maker
from .removal import remove
from .tree_copy import copy_tree, tree_fingerprint

# A copy of a source that no sandbox uses is kept for this long, for the next run on the same source.
UNUSED_TREE_SECONDS = 24 * 3600
# A source that changed while it was copied is copied again, this often.
COPY_ATTEMPTS = 3


def shared_tree(trees, source):
    """The directory of a read-only copy of the source, shared by all sandboxes of it, and a lock that keeps it.

    Everything in the copy belongs to the sandboxes' user, whoever owns the source, and a source that is edited later
    does not change under a living overlay.
    """
    try:
        if not os.path.isdir(source):
            raise BootProblem('source', f'the source directory {source} does not exist or is not a directory')
        if not os.listdir(source):
            raise BootProblem('source', f'the source directory {source} is empty')
        os.makedirs(trees, 0o755, exist_ok=True)
        for _ in range(COPY_ATTEMPTS):
            home = os.path.join(trees, tree_fingerprint(source))
            lock = hold_tree(home)
            if lock is not None:
                return os.path.join(home, 'tree'), lock
            make_shared_tree(trees, home, source)
    except PermissionError as problem:
        raise BootProblem(
            'source', f'the source {source} cannot be read: {problem.strerror} on {problem.filename}'
        ) from problem
    raise BootProblem('unavailable', f'the source {source} changes while it is copied; stop what writes to it')


def hold_tree(home):
    try:
        lock = os.open(os.path.join(home, 'lock'), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    fcntl.flock(lock, fcntl.LOCK_SH)
    if os.fstat(lock).st_nlink == 0:
        os.close(lock)
        return None
    os.utime(lock)
    return lock


def make_shared_tree(trees, home, source):
    remove_unused_trees(trees)
    attempt = os.path.join(trees, f'.new-{this_maker()}')
    os.mkdir(attempt, 0o755)
    try:
        copy_tree(source, os.path.join(attempt, 'tree'))
        os.close(os.open(os.path.join(attempt, 'lock'), os.O_CREAT, 0o644))
        if os.path.join(trees, tree_fingerprint(source)) == home:
            # Two sandboxes may copy at once; the second finds the place taken and uses what is there.
            os.rename(attempt, home)
    except OSError as problem:
        if problem.errno not in (errno.EEXIST, errno.ENOTEMPTY):
            raise
    finally:
        remove(attempt)


def remove_unused_trees(trees):
    for name in os.listdir(trees):
        home = os.path.join(trees, name)
        try:
            if time.time() - os.stat(os.path.join(home, 'lock')).st_mtime < UNUSED_TREE_SECONDS:
                continue
            lock = os.open(os.path.join(home, 'lock'), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # Not finished yet; what nobody finishes the worker takes away.
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(os.path.join(home, 'lock'))
            remove(home)
        except BlockingIOError:
            pass  # A living sandbox uses it.
        finally:
            os.close(lock)
