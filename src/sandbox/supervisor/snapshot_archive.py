"""The archive of a snapshot, whatever it is a snapshot of: a compressed tar with exact times, the same bytes for the same
content. Which files it holds, and where each may be put back, is decided by `bubblewrap_snapshot` and
`container_snapshot`.
"""

import errno
import gzip
import os
import stat
import tarfile
import zlib

from .descriptors import CHUNK_BYTES, write_all

# A snapshot is one byte array in the worker: beyond these sizes it is refused rather than killing the worker.
MAX_CONTENT_BYTES = 4 << 30
MAX_PACKED_BYTES = 1 << 30
# What restoring meets where the machine is at fault; anything else would be met again wherever it is tried.
MACHINE_FAULTS = (
    errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EROFS, errno.EAGAIN,
)  # fmt: skip


class UnusableSnapshot(Exception):
    """What was given as a snapshot is none, or has been damaged."""


def restoring(restore, source):
    """Raises `UnusableSnapshot` where no machine could restore it, and `OSError` where another one may."""
    try:
        restore(source)
    except OSError as problem:
        if problem.errno in MACHINE_FAULTS:
            raise
        raise UnusableSnapshot(str(problem)) from problem
    except (tarfile.TarError, EOFError, ValueError, zlib.error) as problem:
        raise UnusableSnapshot(str(problem)) from problem


class SnapshotWriter:
    def __init__(self, target, snapshot_format):
        self.target = target
        self.content = 0
        self.first_names = {}
        self.packed = gzip.GzipFile(fileobj=target, mode='wb', compresslevel=1, mtime=0, filename='')
        self.archive = tarfile.open(
            fileobj=self.packed, mode='w', format=tarfile.PAX_FORMAT, pax_headers={'comment': snapshot_format}
        )

    def entry(self, name, path, status):
        """What the archive says of a file, or None for one that has no content and no owner any more, as a socket."""
        mode, info = status.st_mode, tarfile.TarInfo(name)
        info.mode = mode & 0o1777
        seconds, fraction = divmod(status.st_mtime_ns, 10**9)
        info.pax_headers = {'mtime': f'{seconds}.{fraction:09}'}
        if stat.S_ISREG(mode):
            first = name
            if status.st_nlink > 1:
                first = self.first_names.setdefault((status.st_dev, status.st_ino), name)
            if first == name:
                info.type, info.size = tarfile.REGTYPE, status.st_size
            else:
                info.type, info.linkname = tarfile.LNKTYPE, first
        elif stat.S_ISDIR(mode):
            info.type = tarfile.DIRTYPE
        elif stat.S_ISLNK(mode):
            info.type, info.linkname = tarfile.SYMTYPE, os.readlink(path)
        elif stat.S_ISFIFO(mode):
            info.type = tarfile.FIFOTYPE
        elif stat.S_ISCHR(mode) and status.st_rdev == 0:
            info.type = tarfile.CHRTYPE  # An overlay's mark of a deleted file.
        else:
            return None
        return info

    def add(self, info, path):
        self.content += info.size
        if self.content > MAX_CONTENT_BYTES or self.target.tell() > MAX_PACKED_BYTES:
            raise OSError(errno.EFBIG, 'the sandbox holds too much for a snapshot')
        if not info.isreg():
            self.archive.addfile(info)
            return
        with open(path, 'rb', opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as source:
            self.archive.addfile(info, source)

    def close(self):
        self.archive.close()
        self.packed.close()


def open_snapshot(source, snapshot_format):
    archive = tarfile.open(fileobj=source, mode='r:gz')
    if archive.pax_headers.get('comment') != snapshot_format:
        raise OSError(errno.EINVAL, f'not a snapshot of format {snapshot_format}')
    return archive


def entries_of(archive):
    """Yields every entry, and reads on to the end, where the check sum stands."""
    yield from archive
    while archive.fileobj.read(CHUNK_BYTES):
        pass


def make_entry(archive, info, path, link_source):
    """Makes everything but a directory, which needs to know what is there; `link_source` is the path of a hard link."""
    if info.isreg():
        target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            content = archive.extractfile(info)
            for chunk in iter(lambda: content.read(CHUNK_BYTES), b''):
                write_all(target, chunk)
        finally:
            os.close(target)
    elif info.issym():
        os.symlink(info.linkname, path)
    elif info.islnk():
        os.link(link_source, path, follow_symlinks=False)
    elif info.isfifo():
        os.mkfifo(path, 0o600)
    elif info.ischr() and (info.devmajor, info.devminor) == (0, 0):
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(0, 0))
    else:
        raise OSError(errno.EINVAL, f'the snapshot holds {info.name!r} of a kind that no snapshot has')


def set_mode_and_times(path, info):
    if not info.issym():
        os.chmod(path, info.mode)
    seconds, _, fraction = info.pax_headers.get('mtime', '0').partition('.')
    moment_ns = int(seconds) * 10**9 + int((fraction + '0' * 9)[:9])
    os.utime(path, ns=(moment_ns, moment_ns), follow_symlinks=False)
