"""Reading and copying the directory that a source tree lies in."""

import errno
import hashlib
import os
import stat

from .bubblewrap_user import give_to_sandbox
from .descriptors import CHUNK_BYTES, write_all

# Where file systems do not share blocks, or not with each other, a file is copied by reading it.
NO_SHARED_BLOCKS = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)

# What its owner needs to work in a directory.
WRITABLE_DIRECTORY = 0o700


def walk_tree(directory):
    """Yields (relative path, stat) of everything below a directory, parents first, in a stable order."""
    pending = ['']
    while pending:
        relative = pending.pop()
        with os.scandir(os.path.join(directory, relative)) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path = os.path.join(relative, entry.name)
            status = entry.stat(follow_symlinks=False)
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                pending.append(path)


def tree_fingerprint(directory):
    """Changes whenever anything in the tree does: times of change cannot be set back by who edits a file."""
    digest = hashlib.sha256(os.fsencode(directory))
    for path, status in walk_tree(directory):
        facts = (status.st_mode, status.st_ino)
        if not stat.S_ISDIR(status.st_mode):
            facts += (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        digest.update(os.fsencode(path) + repr(facts).encode() + b'\0')
    return digest.hexdigest()[:32]


def copy_tree(source, target):
    """
    A plain copy without set-id bits, extended attributes and devices, all of it owned by the sandboxes' user, who may
    write in each directory: a tree that is read-only on this host is one to work in there.
    """
    os.mkdir(target, 0o700)
    directories = [(target, os.lstat(source))]
    for path, status in walk_tree(source):
        old, new, mode = os.path.join(source, path), os.path.join(target, path), status.st_mode
        if stat.S_ISLNK(mode):
            os.symlink(os.readlink(old), new)
        elif stat.S_ISDIR(mode):
            os.mkdir(new, 0o700)
            directories.append((new, status))
        elif stat.S_ISREG(mode):
            copy_file(old, new, mode & 0o777)
        elif stat.S_ISFIFO(mode):
            os.mkfifo(new, mode & 0o777)
        else:
            continue
        give_to_sandbox(new)
        if not stat.S_ISDIR(mode):
            os.utime(new, ns=(status.st_mtime_ns, status.st_mtime_ns), follow_symlinks=False)
    give_to_sandbox(target)
    for new, status in reversed(directories):
        os.chmod(new, status.st_mode & 0o777 | WRITABLE_DIRECTORY)
        os.utime(new, ns=(status.st_mtime_ns, status.st_mtime_ns))


def copy_file(source, target, mode):
    incoming = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        outgoing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            copy_content(incoming, outgoing)
            os.fchmod(outgoing, mode)
        finally:
            os.close(outgoing)
    finally:
        os.close(incoming)


def copy_content(incoming, outgoing):
    try:
        while os.copy_file_range(incoming, outgoing, 1 << 30):
            pass
    except OSError as problem:
        if problem.errno not in NO_SHARED_BLOCKS:
            raise
        for chunk in iter(lambda: os.read(incoming, CHUNK_BYTES), b''):
            write_all(outgoing, chunk)
