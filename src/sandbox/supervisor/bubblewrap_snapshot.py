"""What a bubblewrap sandbox holds of its own: the overlay's upper layer, the agent's home and its temporary files.

Both directions run in a child whose root directory is the sandbox's data, so that no link in there and no entry of a
hostile archive leads anywhere else.
"""

import errno
import os

from . import snapshot_archive as archives
from .tree_copy import walk_tree

FORMAT = 'sandbox-snapshot-1'
OPAQUE = 'user.overlay.opaque'
WRITABLE = ('upper', 'home', 'tmp')


def write(target):
    writer = archives.SnapshotWriter(target, FORMAT)
    for top in WRITABLE:
        writer.add(entry_of(writer, top, os.lstat(top)), top)
        for relative, status in walk_tree(top):
            path = os.path.join(top, relative)
            info = entry_of(writer, path, status)
            if info is not None:
                writer.add(info, path)
    writer.close()


def entry_of(writer, path, status):
    info = writer.entry(path, path, status)
    if info is not None and info.isdir() and path.startswith('upper') and is_opaque(path):
        info.pax_headers[OPAQUE] = 'y'
    return info


def is_opaque(path):
    try:
        return os.getxattr(path, OPAQUE, follow_symlinks=False) == b'y'
    except OSError as problem:
        if problem.errno not in (errno.ENODATA, errno.EOPNOTSUPP):
            raise
        return False


def restore(source):
    """Runs as the sandboxes' user."""
    directories = []
    with archives.open_snapshot(source, FORMAT) as archive:
        for info in archives.entries_of(archive):
            parts = info.name.split('/')
            if parts[0] not in WRITABLE or '..' in parts:
                raise OSError(errno.EINVAL, f'the snapshot names {info.name!r}')
            if info.isdir():
                make_directory(info)
                directories.append(info)
            else:
                archives.make_entry(archive, info, info.name, info.linkname)
                archives.set_mode_and_times(info.name, info)
    # Children first, which would change the times of their directory.
    for info in reversed(directories):
        archives.set_mode_and_times(info.name, info)


def make_directory(info):
    if info.name not in WRITABLE:
        os.mkdir(info.name, 0o700)
    if info.pax_headers.get(OPAQUE) == 'y':
        os.setxattr(info.name, OPAQUE, b'y')
