"""The supervisor of one sandbox: one process that runs commands in it, moves files, and ends it.

It is not a child of the worker that asked for the sandbox. It serves a Unix socket outside of the sandbox, outlives
its clients for the length of the lease, and then ends and removes everything. Python 3.9 or newer, standard library
only, because it also has to run where nothing can be installed.

Wire format, the same in both directions: two big-endian 32-bit lengths, a JSON header, a body of raw bytes. The
output of a command is only ever in a body, so nothing that an agent prints can look like a message. Requests carry a
number and are answered in any order; several commands run at once.

Only the class `Bubblewrap` knows how a command is launched, how everything that it started is ended, and how a
child becomes the agent. `container_supervisor.py` has another launcher with the same methods, for the main process of
a container.
"""

import collections
import errno
import fcntl
import json
import os
import re
import resource
import selectors
import signal
import socket
import stat
import struct
import sys
import time

PROTOCOL = 1
PREFIX = struct.Struct('>II')
# A header holds at most an argument list, which the kernel limits to a few megabytes.
MAX_HEADER_BYTES = 16 << 20
# A body is a file or the standard input of a command; more than this is a mistake of the client.
MAX_REQUEST_BODY_BYTES = 256 << 20
CHUNK_BYTES = 1 << 18
# Results larger than this wait for their reader in a file, so that a long life does not grow the supervisor.
RESULT_BYTES_IN_MEMORY = 1 << 16
# A snapshot is one byte array in the worker: beyond these sizes it is refused rather than killing the worker.
MAX_SNAPSHOT_CONTENT_BYTES = 4 << 30
MAX_SNAPSHOT_BYTES = 1 << 30
# A killed process tree is gone within milliseconds; only one stuck in the kernel (a dead disk) takes longer, and then
# the result must not wait for it.
SETTLE_SECONDS = 5
# A directory that somebody removed from under a sandbox is noticed within this time.
HOUSEKEEPING_SECONDS = 5
# File access is a fork and a few system calls; only a dead disk takes this long.
FILE_ACCESS_SECONDS = 60
# A command that fills the sandbox with processes ends at its deadline, which is two minutes at most by default.
POSTPONED_SECONDS = 120

AGENT_ID = 1000
# The unprivileged user of all sandboxes where the supervisor is root: above every range that distributions, systemd
# and container engines hand out, so nothing of the host belongs to it.
SANDBOX_HOST_ID = 2_000_000_000
# Commands may still be started while a fork bomb uses up the processes of the sandbox.
PROCESS_HEADROOM = 64
SHARED_MEMORY_BYTES = 64 << 20
OPEN_FILES = 16384
# A copy of a source that no sandbox uses is kept for this long, for the next run on the same source.
UNUSED_TREE_SECONDS = 24 * 3600


class BootProblem(Exception):
    """Why a sandbox cannot start; `kind` is `unavailable` (this machine) or `source` (the tree is not there)."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


# ----------------------------------------------------------------------------------------------- kernel calls

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 0x1, 0x2, 0x4
# The same number on every architecture: the call is younger than the unified table.
SYS_MOUNT_SETATTR = 442
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LINUX_CAPABILITY_VERSION_3 = 0x20080522


class Kernel:
    """System calls that the standard library has only in later versions, or not at all."""

    def __init__(self):
        import ctypes

        self.ctypes = ctypes
        self.libc = ctypes.CDLL(None, use_errno=True)

    def call(self, what, function, *arguments):
        if function(*arguments) != 0:
            number = self.ctypes.get_errno()
            raise OSError(number, f'{what}: {os.strerror(number)}')

    def unshare(self, flags):
        self.call('unshare', self.libc.unshare, flags)

    def setns(self, namespace):
        self.call('setns', self.libc.setns, namespace, 0)

    def mount(self, source, target, kind, flags, options=''):
        raw = [part.encode() if part is not None else None for part in (source, target, kind)]
        self.call(f'mount {target}', self.libc.mount, *raw, self.ctypes.c_ulong(flags), options.encode())

    def unmount(self, target):
        self.call(f'umount {target}', self.libc.umount2, target.encode(), MNT_DETACH)

    def bind(self, source, target):
        """Recursive, because a user namespace may not take a mount apart from the mounts below it."""
        self.mount(source, target, None, MS_BIND | MS_REC)

    def restrict(self, target, attributes, recursive):
        c = self.ctypes
        attr = struct.pack('QQQQ', attributes, 0, 0, 0)
        flags = AT_RECURSIVE if recursive else 0
        arguments = (c.c_long(SYS_MOUNT_SETATTR), c.c_int(AT_FDCWD), target.encode(), c.c_uint(flags), attr)
        self.call(f'mount_setattr {target}', self.libc.syscall, *arguments, c.c_size_t(len(attr)))

    def pivot_root(self):
        self.call('pivot_root', self.libc.pivot_root, b'.', b'.')
        self.unmount('.')
        os.chdir('/')

    def prctl(self, option, value):
        self.call('prctl', self.libc.prctl, option, self.ctypes.c_ulong(value), 0, 0, 0)

    def drop_capabilities(self):
        header = struct.pack('Ii', LINUX_CAPABILITY_VERSION_3, 0)
        self.call('capset', self.libc.capset, header, bytes(24))


# ----------------------------------------------------------------------------------------------- children


def fork_child(body):
    """Forks; the child runs `body` and never returns to the caller's code."""
    pid = os.fork()
    if pid != 0:
        return pid
    status = 1
    try:
        body()
        status = 0
    except BaseException as problem:
        os.write(2, f'supervisor: {problem}\n'.encode())
    finally:
        os._exit(status)


def read_all(descriptor):
    chunks = []
    while True:
        chunk = os.read(descriptor, CHUNK_BYTES)
        if not chunk:
            return b''.join(chunks)
        chunks.append(chunk)


def write_all(descriptor, content):
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


# ----------------------------------------------------------------------------------------------- source trees


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
    # Here rather than above: it loads OpenSSL, and a container never asks for it.
    import hashlib

    digest = hashlib.sha256(os.fsencode(directory))
    for path, status in walk_tree(directory):
        facts = (status.st_mode, status.st_ino)
        if not stat.S_ISDIR(status.st_mode):
            facts += (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        digest.update(os.fsencode(path) + repr(facts).encode() + b'\0')
    return digest.hexdigest()[:32]


def copy_file(source, target, mode):
    incoming = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    outgoing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            # Shares blocks where the file system can.
            while os.copy_file_range(incoming, outgoing, 1 << 30):
                pass
        except OSError as problem:
            if problem.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            for chunk in iter(lambda: os.read(incoming, CHUNK_BYTES), b''):
                write_all(outgoing, chunk)
        os.fchmod(outgoing, mode)
    finally:
        os.close(incoming)
        os.close(outgoing)


def copy_tree(source, target):
    """A plain copy without set-id bits, extended attributes and devices, all of it owned by the sandboxes' user."""
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
        os.chmod(new, status.st_mode & 0o777)
        os.utime(new, ns=(status.st_mtime_ns, status.st_mtime_ns))


def give_to_sandbox(path):
    if os.geteuid() == 0:
        os.chown(path, SANDBOX_HOST_ID, SANDBOX_HOST_ID, follow_symlinks=False)


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
        for _ in range(3):
            home = os.path.join(trees, tree_fingerprint(source))
            lock = hold_tree(home)
            if lock is not None:
                return os.path.join(home, 'tree'), lock
            make_shared_tree(trees, home, source)
    except PermissionError as problem:
        raise BootProblem('source', f'the source {source} cannot be read: {problem.strerror} on {problem.filename}')
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
    attempt = os.path.join(trees, f'.new-{os.getpid()}')
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
            if name.startswith('.new-') and not os.path.exists(f'/proc/{name[5:]}'):
                remove(home)
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(os.path.join(home, 'lock'))
            remove(home)
        except BlockingIOError:
            pass  # A living sandbox uses it.
        finally:
            os.close(lock)


def remove(*paths):
    """Also removes what an agent made hard to remove: directories without permissions, and very deep ones."""
    for command in (['rm', '-rf'], ['chmod', '-R', 'u+rwx'], ['rm', '-rf']):
        remaining = [path for path in paths if os.path.lexists(path)]
        if not remaining:
            return

        def silently(command=command, remaining=remaining):
            os.dup2(os.open('/dev/null', os.O_RDWR), 2)
            os.execvp(command[0], [*command, '--', *remaining])

        os.waitpid(fork_child(silently), 0)


def remove_sandbox(directory):
    """The description goes last, so that a removal that breaks off is still found by `list`."""
    # The overlay leaves these without permissions, which would cost whoever is not root a second round.
    for name in ('work/work', 'work/work/incompat', 'work/work/incompat/volatile'):
        try:
            os.chmod(os.path.join(directory, name), 0o700)
        except OSError:
            break
    remove(*(os.path.join(directory, name) for name in ('supervisor.sock', 'data', 'work', 'results', 'root')))
    remove(directory)


# ----------------------------------------------------------------------------------------------- snapshots

SNAPSHOT_FORMAT = 'sandbox-snapshot-1'
OPAQUE = 'user.overlay.opaque'
WRITABLE = ('upper', 'home', 'tmp')


def write_snapshot(target):
    """Runs in a child whose root directory is the sandbox's data: no link in there leads anywhere else."""
    import gzip
    import tarfile

    content = 0
    packed = gzip.GzipFile(fileobj=target, mode='wb', compresslevel=1, mtime=0, filename='')
    archive = tarfile.open(fileobj=packed, mode='w', format=tarfile.PAX_FORMAT, pax_headers={'comment': SNAPSHOT_FORMAT})
    first_names = {}
    for top in WRITABLE:
        entries = [(top, os.lstat(top))]
        entries += ((os.path.join(top, path), status) for path, status in walk_tree(top))
        for path, status in entries:
            info = snapshot_entry(tarfile, path, status, first_names)
            if info is None:
                continue
            content += info.size
            if content > MAX_SNAPSHOT_CONTENT_BYTES or target.tell() > MAX_SNAPSHOT_BYTES:
                raise OSError(errno.EFBIG, 'the sandbox holds too much for a snapshot')
            if info.isreg():
                with open(path, 'rb', opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as source:
                    archive.addfile(info, source)
            else:
                archive.addfile(info)
    archive.close()
    packed.close()


def snapshot_entry(tarfile, path, status, first_names):
    mode, info = status.st_mode, tarfile.TarInfo(path)
    info.mode = mode & 0o1777
    info.pax_headers = {'mtime': '%d.%09d' % divmod(status.st_mtime_ns, 10**9)}
    if stat.S_ISREG(mode):
        first = first_names.setdefault((status.st_dev, status.st_ino), path) if status.st_nlink > 1 else path
        info.type = tarfile.REGTYPE if first == path else tarfile.LNKTYPE
        info.linkname = first if first != path else ''
        info.size = status.st_size if first == path else 0
    elif stat.S_ISDIR(mode):
        info.type = tarfile.DIRTYPE
        if path.startswith('upper') and is_opaque(path):
            info.pax_headers[OPAQUE] = 'y'
    elif stat.S_ISLNK(mode):
        info.type, info.linkname = tarfile.SYMTYPE, os.readlink(path)
    elif stat.S_ISFIFO(mode):
        info.type = tarfile.FIFOTYPE
    elif stat.S_ISCHR(mode) and status.st_rdev == 0:
        info.type = tarfile.CHRTYPE  # The overlay's mark of a deleted file.
    else:
        return None  # A socket has no content and no owner any more.
    return info


def is_opaque(path):
    try:
        return os.getxattr(path, OPAQUE, follow_symlinks=False) == b'y'
    except OSError:
        return False


def restore_snapshot(source):
    """Runs as the sandboxes' user with the sandbox's data as root directory, so hostile entries stay in there."""
    import tarfile

    directories = []
    with tarfile.open(fileobj=source, mode='r:gz') as archive:
        if archive.pax_headers.get('comment') != SNAPSHOT_FORMAT:
            raise OSError(errno.EINVAL, f'not a snapshot of format {SNAPSHOT_FORMAT}')
        for info in archive:
            parts = info.name.split('/')
            if parts[0] not in WRITABLE or '..' in parts:
                raise OSError(errno.EINVAL, f'the snapshot names {info.name!r}')
            restore_entry(archive, info)
            if info.isdir():
                directories.append(info)
            else:
                set_times(info)
    for info in reversed(directories):
        os.chmod(info.name, info.mode)
        set_times(info)


def restore_entry(archive, info):
    if info.isdir():
        if info.name not in WRITABLE:
            os.mkdir(info.name, 0o700)
        if info.pax_headers.get(OPAQUE) == 'y':
            os.setxattr(info.name, OPAQUE, b'y')
    elif info.isreg():
        target = os.open(info.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        content = archive.extractfile(info)
        for chunk in iter(lambda: content.read(CHUNK_BYTES), b''):
            write_all(target, chunk)
        os.fchmod(target, info.mode)
        os.close(target)
    elif info.issym():
        os.symlink(info.linkname, info.name)
    elif info.islnk():
        os.link(info.linkname, info.name, follow_symlinks=False)
    elif info.isfifo():
        os.mkfifo(info.name, info.mode)
    elif info.ischr() and (info.devmajor, info.devminor) == (0, 0):
        os.mknod(info.name, stat.S_IFCHR | info.mode, os.makedev(0, 0))


def set_times(info):
    seconds, _, fraction = info.pax_headers.get('mtime', '0').partition('.')
    moment = int(seconds) * 10**9 + int((fraction + '0' * 9)[:9])
    os.utime(info.name, ns=(moment, moment), follow_symlinks=False)


# ----------------------------------------------------------------------------------------------- bubblewrap

# What programs look up in /etc, and nothing that tells about the host: users, keys and secrets stay outside.
ETC_FILES = (
    'alternatives', 'ca-certificates.conf', 'debian_version', 'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'localtime',
    'magic', 'magic.mime', 'mime.types', 'os-release', 'protocols', 'services', 'ssl/certs', 'ssl/openssl.cnf',
    'terminfo', 'timezone', 'pki/tls/certs',
)  # fmt: skip
ETC_OWN = {
    'passwd': 'root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n'
    'agent:x:1000:1000:agent:/home/agent:/bin/bash\n'
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    'group': 'root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n',
    'hosts': '127.0.0.1 localhost sandbox\n::1 localhost\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n',
    'gitconfig': '',
}
# An empty file, to be shown in place of a hidden one.
NOTHING = '/.nothing'
DEVICES = ('null', 'zero', 'full', 'random', 'urandom', 'tty')


class Launched:
    """One running command, as its launcher knows it."""

    def __init__(self, pid, status):
        self.pid = pid
        self.status = status
        self.status_text = b''
        self.outputs = []
        self.init = None
        self.exited = None

    def read_status(self):
        try:
            while True:
                chunk = os.read(self.status, 4096)
                if not chunk:
                    break
                self.status_text += chunk
        except BlockingIOError:
            pass
        found = re.search(rb'"child-pid": (\d+)', self.status_text)
        self.init = int(found[1]) if found else None


class Bubblewrap:
    """Launches commands in a root file system of our own, each in fresh process, network and mount namespaces.

    Two mount namespaces are made at start and kept by descriptors alone. In `commands` the root directory is the
    sandbox's and nothing else of the host is mounted; every command gets its own copy of it from bwrap. `files` is
    the same without /proc and /dev, for reading and writing files: a path through /proc would lead out again.

    A user namespace of the sandbox lies between the host and the commands. The kernel counts processes per user
    namespace, so the process limit holds for each sandbox although all of them share one user of the host.
    """

    def __init__(self, directory, config):
        self.kernel = Kernel()
        self.directory = directory
        self.limits = config['limits']
        self.environment = config['environment']
        self.bwrap = config['bwrap']
        self.privileged = os.geteuid() == 0
        self.namespaces = {}
        # Path to whether it is a directory: what lies in read-only mounts cannot be removed, so it is covered.
        self.hidden = {}
        self.identity = os.stat(directory)
        # Orphans of a killed bwrap come to us, so that they are known to be gone before a result is given.
        self.kernel.prctl(PR_SET_CHILD_SUBREAPER, 1)

    # -- root file system

    def build(self, tree, environment_directory, snapshot):
        up, down, errors = os.pipe(), os.pipe(), os.pipe()

        def child():
            os.dup2(errors[1], 2)
            for descriptor in (up[0], down[1], errors[0]):
                os.close(descriptor)
            self.build_namespaces(
                tree, environment_directory, snapshot, lambda stage: self.await_parent(stage, up[1], down[0])
            )

        pid = fork_child(child)
        for descriptor in (up[1], down[0], errors[1]):
            os.close(descriptor)
        for stage in iter(lambda: os.read(up[0], 1), b''):
            self.keep_namespace(pid, stage)
            os.write(down[1], b'.')
        message = read_all(errors[0]).decode(errors='replace').strip()
        _, status = os.waitpid(pid, 0)
        for descriptor in (up[0], down[1], errors[0]):
            os.close(descriptor)
        if status != 0:
            user = 'root' if self.privileged else f'user {os.geteuid()}'
            raise BootProblem('unavailable', f'building the root file system as {user} failed: {message}')

    @staticmethod
    def await_parent(stage, up, down):
        os.write(up, stage)
        if os.read(down, 1) != b'.':
            raise OSError(errno.EPIPE, 'the supervisor is gone')

    def keep_namespace(self, pid, stage):
        name, kind = {b'u': ('user', 'user'), b'c': ('commands', 'mnt'), b'f': ('files', 'mnt')}[stage]
        if stage == b'u':
            host_user = SANDBOX_HOST_ID if self.privileged else os.geteuid()
            host_group = SANDBOX_HOST_ID if self.privileged else os.getegid()
            maps = [('uid_map', f'{AGENT_ID} {host_user} 1'), ('gid_map', f'{AGENT_ID} {host_group} 1')]
            for file, text in maps if self.privileged else [('setgroups', 'deny'), *maps]:
                with open(f'/proc/{pid}/{file}', 'w') as handle:
                    handle.write(text)
        self.namespaces[name] = os.open(f'/proc/{pid}/ns/{kind}', os.O_RDONLY | os.O_CLOEXEC)

    def build_namespaces(self, tree, environment_directory, snapshot, await_parent):
        kernel = self.kernel
        # Without privileges, the user namespace is what permits the mounts; with them, it is made when they are done.
        kernel.unshare(CLONE_NEWNS if self.privileged else CLONE_NEWNS | CLONE_NEWUSER)
        if not self.privileged:
            await_parent(b'u')
        if snapshot is not None:
            self.restore(snapshot)
        kernel.mount(None, '/', None, MS_REC | MS_PRIVATE)
        self.mount_root(tree, environment_directory)
        os.chdir('root')
        kernel.pivot_root()
        await_parent(b'c')
        kernel.unshare(CLONE_NEWNS)
        kernel.unmount('/proc')
        kernel.unmount('/dev')
        await_parent(b'f')
        if self.privileged:
            self.drop_to_sandbox_user()
            kernel.unshare(CLONE_NEWUSER)
            await_parent(b'u')

    @staticmethod
    def drop_to_sandbox_user():
        os.setgroups([])
        os.setresgid(SANDBOX_HOST_ID, SANDBOX_HOST_ID, SANDBOX_HOST_ID)
        os.setresuid(SANDBOX_HOST_ID, SANDBOX_HOST_ID, SANDBOX_HOST_ID)

    def restore(self, snapshot):
        def child():
            import gzip, tarfile  # noqa: E401, F401  (loaded before the root directory changes)

            with open(snapshot, 'rb') as source:
                os.chroot('data')
                os.chdir('/')
                if self.privileged:
                    self.drop_to_sandbox_user()
                restore_snapshot(source)

        _, status = os.waitpid(fork_child(child), 0)
        if status != 0:
            raise OSError(errno.EINVAL, 'the snapshot cannot be restored')

    def mount_root(self, tree, environment_directory):
        """Relative paths: the working directory is the sandbox's, and a path of any length or spelling is fine."""
        kernel = self.kernel
        kernel.mount('tmpfs', 'root', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=755,size=4m')
        for name in ('usr', 'etc', 'proc', 'dev', 'repo', 'home', 'home/agent', 'tmp', 'opt', 'opt/environment', 'run',
                     'var', 'var/tmp'):  # fmt: skip
            os.mkdir(f'root/{name}')
        self.mount_read_only('/usr', 'root/usr')
        for name in ('bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'):
            self.mirror(f'/{name}', f'root/{name}')
        self.make_etc()
        os.close(os.open(f'root{NOTHING}', os.O_CREAT, 0o444))
        kernel.bind('/proc', 'root/proc')
        kernel.mount('tmpfs', 'root/dev', 'tmpfs', MS_NOSUID, 'mode=755,size=64k')
        for name in DEVICES:
            os.close(os.open(f'root/dev/{name}', os.O_CREAT, 0o644))
            kernel.bind(f'/dev/{name}', f'root/dev/{name}')
        if environment_directory is not None:
            self.mount_read_only(environment_directory, 'root/opt/environment')
            if os.path.isdir(f'{environment_directory}/node_modules'):
                # Where every package lookup of Node.js ends; NODE_PATH would serve `require` and not `import`.
                os.symlink('/opt/environment/node_modules', 'root/node_modules')
        if tree is None:
            kernel.bind('data/upper', 'root/repo')
        else:
            # `volatile`: nothing in here has to survive a power cut, so nothing waits for the disk.
            layers = f'lowerdir={tree},upperdir=data/upper,workdir=work,userxattr,volatile'
            kernel.mount('overlay', 'root/repo', 'overlay', MS_NOSUID | MS_NODEV, layers)
        kernel.bind('data/home', 'root/home/agent')
        kernel.bind('data/tmp', 'root/tmp')
        kernel.bind('data/tmp', 'root/var/tmp')
        for name in ('repo', 'home/agent', 'tmp', 'var/tmp'):
            kernel.restrict(f'root/{name}', MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, True)
        kernel.restrict('root', MOUNT_ATTR_RDONLY, False)

    def mount_read_only(self, source, target):
        self.kernel.bind(source, target)
        self.kernel.restrict(target, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, True)

    def mirror(self, source, target):
        """A link as a link, a small file as a copy, a directory as a read-only mount; what is not there is left out."""
        try:
            status = os.lstat(source)
        except OSError:
            return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(source), target)
        elif stat.S_ISDIR(status.st_mode):
            os.mkdir(target)
            self.mount_read_only(source, target)
        elif stat.S_ISREG(status.st_mode):
            copy_file(source, target, 0o644)

    def make_etc(self):
        for name, text in ETC_OWN.items():
            with open(f'root/etc/{name}', 'w') as handle:
                handle.write(text)
        for name in ETC_FILES:
            self.mirror(f'/etc/{name}', f'root/etc/{name}')
        os.symlink('/proc/self/mounts', 'root/etc/mtab')

    # -- commands

    def start(self, command, body):
        stdin = self.open_stdin(body)
        pipes = [os.pipe() for _ in range(2 if command['separateStderr'] else 1)]
        try:
            launched = self.start_with(command, stdin, pipes[0][1], pipes[-1][1])
        finally:
            os.close(stdin)
            for _, writing in pipes:
                os.close(writing)
        launched.outputs = [reading for reading, _ in pipes]
        return launched

    @staticmethod
    def open_stdin(content):
        if content is None:
            return os.open('/dev/null', os.O_RDONLY | os.O_CLOEXEC)
        # A file rather than a pipe: nobody has to feed it, and a command that reads nothing blocks nobody.
        memory = os.memfd_create('stdin', os.MFD_CLOEXEC)
        write_all(memory, content)
        reading = os.open(f'/proc/self/fd/{memory}', os.O_RDONLY | os.O_CLOEXEC)
        os.close(memory)
        return reading

    def start_with(self, command, stdin, stdout, stderr):
        status = os.pipe()
        os.set_blocking(status[0], False)
        supervisor = os.getpid()

        def child():
            try:
                os.dup2(stdin, 0)
                os.dup2(stdout, 1)
                os.dup2(stderr, 2)
                os.set_inheritable(status[1], True)
                os.setsid()
                self.prepare_process()
                self.enter_commands()
                # Set last: a change of user clears it. The check closes the gap before it.
                self.kernel.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != supervisor:
                    os._exit(1)
                # bwrap itself runs outside: an LD_PRELOAD of the agent in its environment would run there, too.
                os.execve(self.bwrap, self.arguments(command, status[1]), {'LC_ALL': 'C'})
            except BaseException as problem:
                os.write(2, f'supervisor: launching {self.bwrap}: {problem}\n'.encode())
                if getattr(problem, 'errno', None) == errno.E2BIG:
                    # Whoever wrote so long a command did it, not this machine.
                    os.write(status[1], b'{"exit-code": 126}')
                    os._exit(126)
                os._exit(1)

        pid = fork_child(child)
        os.close(status[1])
        return Launched(pid, status[0])

    def prepare_process(self):
        with open('/proc/self/oom_score_adj', 'w') as handle:
            # Memory that the limits do not count (shared mappings) must never cost the host another process.
            handle.write('1000')
        for name, value in (
            (resource.RLIMIT_DATA, self.limits['memoryBytes']),
            (resource.RLIMIT_FSIZE, self.limits['fileBytes']),
            (resource.RLIMIT_NPROC, self.limits['processes'] + PROCESS_HEADROOM),
            (resource.RLIMIT_NOFILE, OPEN_FILES),
            (resource.RLIMIT_CORE, 0),
        ):
            hard = resource.getrlimit(name)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(name, (value, value))
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.umask(0o022)

    def enter_commands(self):
        if not self.privileged:
            self.kernel.setns(self.namespaces['user'])
            self.kernel.setns(self.namespaces['commands'])
            return
        os.setgroups([])
        self.kernel.setns(self.namespaces['commands'])
        self.kernel.setns(self.namespaces['user'])
        os.setresgid(AGENT_ID, AGENT_ID, AGENT_ID)
        os.setresuid(AGENT_ID, AGENT_ID, AGENT_ID)

    def arguments(self, command, status):
        processes = self.limits['processes']
        variables = {**self.environment, **command['env']}
        return [
            'bwrap', '--bind', '/', '/', '--proc', '/proc', '--dev', '/dev',
            '--perms', '1777', '--size', str(SHARED_MEMORY_BYTES), '--tmpfs', '/dev/shm', '--remount-ro', '/dev',
            *self.covers(),
            '--unshare-all', '--unshare-user', '--disable-userns', '--die-with-parent', '--new-session',
            '--uid', str(AGENT_ID), '--gid', str(AGENT_ID), '--cap-drop', 'ALL', '--hostname', 'sandbox',
            '--json-status-fd', str(status), '--',
            '/usr/bin/prlimit', f'--nproc={processes}:{processes}',
            # Gives the exit codes and sentences that a shell user knows where a directory or a program is missing.
            '/usr/bin/env', '-i', '-C', command['cwd'], '--',
            *(f'{name}={value}' for name, value in variables.items()),
            *command['argv'],
        ]  # fmt: skip

    def covers(self):
        """Mounts of each command alone: whoever runs it has no right to take them away."""
        for path, is_directory in sorted(self.hidden.items()):
            if is_directory:
                yield from ('--tmpfs', path, '--remount-ro', path)
            else:
                yield from ('--ro-bind', NOTHING, path)

    def hide(self, entries):
        self.hidden.update({entry['path']: entry['directory'] for entry in entries})

    def hides(self, path):
        """In a child that sees the sandbox's files: whether a path leads to what is hidden, by whatever links."""
        real = os.path.realpath(path)
        return any(real == hidden or real.startswith(f'{hidden}/') for hidden in self.hidden)

    def kill(self, launched):
        """The kernel ends the process namespace with bwrap, and everything that the command started with it."""
        try:
            os.kill(launched.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def has_survivors(self, launched):
        """After bwrap's end: whether the process namespace is still being taken down."""
        launched.read_status()
        for pid in [launched.init] if launched.init else self.unknown_children(launched):
            try:
                # An orphan is our own child until we wait for it, so its number cannot mean another process.
                ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                continue
            if ended is None:
                os.kill(pid, signal.SIGKILL)
                return True
            os.waitpid(pid, 0)
        return False

    def unknown_children(self, launched):
        """A bwrap killed in the instant of its start has not said which process it made."""
        if not os.WIFSIGNALED(launched.exited):
            return []
        with open(f'/proc/self/task/{os.getpid()}/children') as handle:
            children = [int(pid) for pid in handle.read().split()]
        return [pid for pid in children if pid not in self.known_children()]

    def known_children(self):
        raise NotImplementedError('set by the supervisor')

    @staticmethod
    def exit_status(launched):
        """The wait status of what was asked for: bwrap hands on that of its program."""
        return launched.exited

    def launch_problem(self, launched):
        """Why the program never started, or None: bwrap reports an exit code only of what it could start."""
        if b'"exit-code"' in launched.status_text or os.WIFSIGNALED(launched.exited):
            return None
        return f'{self.bwrap} ended with status {os.WEXITSTATUS(launched.exited)} before the command started'

    # -- files

    def become_agent(self):
        """In a child: nothing but the agent's files in sight, and nothing but the agent's permissions."""
        if self.privileged:
            self.kernel.setns(self.namespaces['files'])
            self.drop_to_sandbox_user()
        else:
            self.kernel.setns(self.namespaces['user'])
            self.kernel.setns(self.namespaces['files'])
            self.kernel.drop_capabilities()

    def start_file_job(self, operation, header, body):
        # The report is kept in memory, so that it can still say that the disk is full.
        target, report = self.unnamed_file(), open(os.memfd_create('report', os.MFD_CLOEXEC), 'r+b', buffering=0)

        def child():
            self.kernel.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            report_file_job(self, operation, header, body, target, report)

        return FileJob(fork_child(child), target, report)

    @staticmethod
    def kill_file_job(job):
        os.kill(job.pid, signal.SIGKILL)

    @staticmethod
    def unnamed_file():
        return open(os.open('results', os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600), 'r+b', buffering=0)

    def snapshot(self, target):
        """In a child: packs the writable directories into an open file."""
        import gzip, tarfile  # noqa: E401, F401  (loaded before the root directory changes)

        if not self.privileged:
            # Gives back the right to read what the agent took its own permissions from.
            self.kernel.setns(self.namespaces['user'])
        os.chroot('data')
        os.chdir('/')
        write_snapshot(target)

    # -- life

    def facts(self):
        """What a client is told when it says hello."""
        return {}

    def tick(self):
        """Asked at every round of the loop; returns the moment at which it wants to be asked again, or None."""

    @staticmethod
    def out_of_memory_events():
        """How often memory ran out so far; nobody counts that for one sandbox without a control group."""
        return 0

    def is_in_place(self):
        try:
            return os.path.samestat(os.stat(self.directory), self.identity)
        except OSError:
            return False

    def remove(self):
        if self.is_in_place():
            os.chdir('/')
            remove_sandbox(self.directory)


# ----------------------------------------------------------------------------------------------- file access

READ_PROBLEMS = {
    errno.ELOOP: 'symbolic-link', errno.ENOENT: 'missing', errno.ENOTDIR: 'missing', errno.ENAMETOOLONG: 'missing',
    errno.ENXIO: 'not-a-file', errno.EACCES: 'not-permitted', errno.EPERM: 'not-permitted',
}  # fmt: skip
WRITE_PROBLEMS = {
    errno.ELOOP: 'symbolic-link', errno.EISDIR: 'not-a-file', errno.ENXIO: 'not-a-file',
    errno.ENOTDIR: 'not-a-directory', errno.EEXIST: 'not-a-directory', errno.ENOENT: 'not-a-directory',
    errno.ENAMETOOLONG: 'not-permitted', errno.EACCES: 'not-permitted', errno.EPERM: 'not-permitted',
    errno.EROFS: 'not-permitted', errno.ETXTBSY: 'not-permitted', errno.ENOSPC: 'no-space', errno.EDQUOT: 'no-space',
}  # fmt: skip


def read_file(path, limit, target):
    try:
        # Not blocking: the agent may have put a FIFO there.
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
        mode = os.fstat(source).st_mode
        if not stat.S_ISREG(mode):
            return {'problem': 'not-a-file'}
        copied = 0
        while True:
            chunk = os.read(source, CHUNK_BYTES)
            copied += len(chunk)
            if copied > limit:
                target.truncate(0)
                return {'problem': 'too-large'}
            if not chunk:
                return {'executable': mode & stat.S_IXUSR != 0}
            target.write(chunk)
    except OSError as problem:
        if problem.errno not in READ_PROBLEMS:
            raise
        return {'problem': READ_PROBLEMS[problem.errno]}


def write_file(path, content, executable):
    try:
        make_parents(os.path.dirname(path))
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        target = os.open(path, flags, 0o755 if executable else 0o644)
        status = os.fstat(target)
        if not stat.S_ISREG(status.st_mode):
            return {'problem': 'not-a-file'}
        os.ftruncate(target, 0)
        write_all(target, content)
        if executable and status.st_mode & 0o111 != 0o111:
            os.fchmod(target, stat.S_IMODE(status.st_mode) | 0o111)
        return {}
    except OSError as problem:
        if problem.errno not in WRITE_PROBLEMS:
            raise
        return {'problem': WRITE_PROBLEMS[problem.errno]}


class FileJob:
    """A child that reads, writes or packs files; `target` gets content, `report` a JSON object that says how it went."""

    def __init__(self, pid, target, report):
        self.pid, self.target, self.report = pid, target, report
        self.connection = self.request = self.deadline = None


def report_file_job(launcher, operation, header, body, target, report):
    try:
        if operation == 'snapshot':
            outcome = launcher.snapshot(target) or {}
        else:
            launcher.become_agent()
            if operation == 'read' and launcher.hides(header['path']):
                outcome = {'problem': 'missing'}
            elif operation == 'read':
                outcome = read_file(header['path'], header['maxBytes'], target)
            else:
                outcome = write_file(header['path'], body, header['executable'])
    except OSError as problem:
        outcome = {'error': f'{problem.strerror or problem}'}
    write_all(report.fileno(), json.dumps(outcome).encode())


def make_parents(directory):
    if os.path.isdir(directory):
        return
    os.makedirs(directory, 0o755, exist_ok=True)


# ----------------------------------------------------------------------------------------------- supervisor


class Capture:
    """Keeps the first and the last half of a stream, whatever its length."""

    def __init__(self, cap):
        self.head_size = cap // 2
        self.tail_size = cap - self.head_size
        self.head, self.tail, self.total = bytearray(), bytearray(), 0

    def add(self, data):
        self.total += len(data)
        missing = self.head_size - len(self.head)
        if missing > 0:
            self.head += data[:missing]
            data = data[missing:]
        self.tail += data
        # Cut now and then rather than at each chunk, so that a flood costs one copy of each byte.
        if len(self.tail) > 2 * self.tail_size + CHUNK_BYTES:
            del self.tail[: len(self.tail) - self.tail_size]

    def parts(self):
        tail = bytes(self.tail[max(0, len(self.tail) - self.tail_size) :])
        return bytes(self.head), tail, self.total - len(self.head) - len(tail)


class SocketDoor:
    """Where clients come in: a Unix socket."""

    def __init__(self, listener):
        self.listener = listener
        listener.setblocking(False)

    def fileno(self):
        return self.listener.fileno()

    def accept(self):
        """Yields the connections that are waiting."""
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        sock.setblocking(False)
        reading = sock.detach()
        yield Connection(reading, fcntl.fcntl(reading, fcntl.F_DUPFD_CLOEXEC, 0))

    def close(self):
        self.listener.close()


class Connection:
    """A client, as two descriptors that do not block; each is watched for itself."""

    def __init__(self, reading, writing):
        self.reading, self.writing = reading, writing
        self.writing_watched = False
        self.incoming = bytearray()
        self.outgoing = collections.deque()
        self.is_client = False
        self.open = True


class RunningCommand:
    def __init__(self, command, out_of_memory_events):
        self.out_of_memory_events = out_of_memory_events
        self.id = command['id']
        self.started = time.monotonic()
        self.deadline = self.started + command['timeoutMs'] / 1000
        self.streams = {}
        self.captures = [Capture(command['outputCapBytes']) for _ in range(2 if command['separateStderr'] else 1)]
        self.waiters = []
        self.ending = None
        self.main_ended = None
        self.launched = None
        self.result = None


class Supervisor:
    def __init__(self, config, launcher, door):
        self.config = config
        self.launcher = launcher
        self.launcher.known_children = self.known_children
        self.door = door
        self.selector = selectors.DefaultSelector()
        self.connections = set()
        self.commands = {}
        self.running = {}
        self.file_jobs = {}
        self.ends_at = time.monotonic() + config['lifetimeSeconds']
        self.alone_since = time.monotonic()
        self.ending_for = None
        self.housekeeping_at = 0
        self.tick_at = None
        self.postponed = []

    def serve(self):
        wake, waker = os.pipe()
        for end in (wake, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: setattr(self, 'ending_for', []))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.selector.register(wake, selectors.EVENT_READ, lambda _: os.read(wake, 4096))
        self.selector.register(self.door, selectors.EVENT_READ, self.accept)
        while self.ending_for is None:
            for key, events in self.selector.select(self.seconds_to_next_event()):
                key.data(events)
            self.reap()
            self.tick_at = self.launcher.tick()
            self.repeat_postponed()
            self.look_at_the_clock()
        self.end_everything()

    # -- time

    def seconds_to_next_event(self):
        moments = [self.ends_at, self.housekeeping_at]
        moments += [job.deadline for job in self.file_jobs.values()]
        if self.tick_at is not None:
            moments.append(self.tick_at)
        if self.postponed:
            moments.append(time.monotonic() + 0.05)
        for running in self.running.values():
            # A process that is being taken down sends no signal when a stranger waits for it: look soon again.
            moments.append(running.deadline if running.main_ended is None else time.monotonic() + 0.002)
        if self.alone_since is not None:
            moments.append(self.alone_since + self.config['leaseSeconds'])
        return max(0, min(moments) - time.monotonic())

    def look_at_the_clock(self):
        now = time.monotonic()
        for running in list(self.running.values()):
            if running.main_ended is None and now >= running.deadline:
                running.ending = running.ending or 'timed-out'
                # Asked again after a while in case the kill found nothing to kill yet.
                running.deadline = now + 0.1
                self.launcher.kill(running.launched)
            elif running.main_ended is not None:
                self.settle(running)
        for job in self.file_jobs.values():
            if now >= job.deadline:
                job.deadline = now + 1
                self.launcher.kill_file_job(job)
        if now >= self.ends_at or (self.alone_since is not None and now >= self.alone_since + self.config['leaseSeconds']):
            self.ending_for = []
        if now >= self.housekeeping_at:
            self.housekeeping_at = now + HOUSEKEEPING_SECONDS
            if not self.launcher.is_in_place():
                self.ending_for = []

    # -- connections

    def accept(self, _events):
        for connection in self.door.accept():
            self.connections.add(connection)
            self.selector.register(connection.reading, selectors.EVENT_READ, self.receiver(connection))

    def receiver(self, connection):
        def receive():
            data = os.read(connection.reading, 1 << 20)
            if not data:
                raise ConnectionResetError
            connection.incoming += data
            self.take_requests(connection)

        return lambda _events: self.exchange(connection, receive)

    def exchange(self, connection, step):
        if not connection.open:
            return
        try:
            step()
        except BlockingIOError:
            pass
        except (OSError, ValueError, KeyError, TypeError):
            # Gone, or no client of ours: what it sends is not a request.
            self.drop(connection)

    def take_requests(self, connection):
        buffer = connection.incoming
        while len(buffer) >= PREFIX.size:
            header_size, body_size = PREFIX.unpack_from(buffer)
            if header_size > MAX_HEADER_BYTES or body_size > MAX_REQUEST_BODY_BYTES:
                raise ValueError('a message beyond the limits')
            end = PREFIX.size + header_size + body_size
            if len(buffer) < end:
                return
            header = json.loads(bytes(buffer[PREFIX.size : PREFIX.size + header_size]))
            body = bytes(buffer[PREFIX.size + header_size : end])
            del buffer[:end]
            self.handle(connection, header, body)

    def handle(self, connection, header, body):
        request = header['request']
        operation = getattr(self, 'do_' + header['op'], None)
        if operation is None:
            self.fail(connection, request, f'unknown operation {header["op"]}')
            return
        try:
            operation(connection, request, header, body)
        except BlockingIOError:
            # No process can be started while an agent uses up all of them: that is its own doing and passes.
            self.postponed.append((time.monotonic() + POSTPONED_SECONDS, connection, header, body))
        except OSError as problem:
            self.fail(connection, request, f'{header["op"]} failed: {problem}')

    def repeat_postponed(self):
        waiting, self.postponed = self.postponed, []
        for until, connection, header, body in waiting:
            if time.monotonic() > until:
                self.fail(connection, header['request'], f'{header["op"]} failed: no process can be started')
                continue
            self.handle(connection, header, body)
            if self.postponed and self.postponed[-1][1:3] == (connection, header):
                self.postponed[-1] = (until, connection, header, body)

    def reply(self, connection, request, fields, body=b''):
        """`body` is bytes, or an open file that is sent piece by piece and then closed."""
        if not connection.open:
            return
        from_file = hasattr(body, 'fileno')
        size = os.fstat(body.fileno()).st_size if from_file else len(body)
        header = json.dumps({'request': request, **fields}).encode()
        connection.outgoing.append(memoryview(PREFIX.pack(len(header), size) + header))
        if from_file:
            connection.outgoing.append([os.dup(body.fileno()), 0, size])
        elif size:
            connection.outgoing.append(memoryview(body))
        try:
            self.flush(connection)
        except OSError:
            self.drop(connection)

    def fail(self, connection, request, message):
        self.reply(connection, request, {'error': message})

    def flush(self, connection):
        """Writes what the client takes; file contents are read only as fast as it does."""
        while connection.outgoing:
            part = connection.outgoing[0]
            try:
                if isinstance(part, list):
                    sent = os.sendfile(connection.writing, part[0], part[1], min(part[2] - part[1], 1 << 20))
                    part[1] += sent
                    done = part[1] >= part[2]
                    if sent == 0 and not done:
                        raise ConnectionResetError
                    if done:
                        os.close(part[0])
                else:
                    sent = os.write(connection.writing, part)
                    connection.outgoing[0] = part = part[sent:]
                    done = not part
            except BlockingIOError:
                break
            if done:
                connection.outgoing.popleft()
        self.watch_writing(connection, bool(connection.outgoing))

    def watch_writing(self, connection, wanted):
        if wanted and not connection.writing_watched:
            step = lambda _events: self.exchange(connection, lambda: self.flush(connection))  # noqa: E731
            self.selector.register(connection.writing, selectors.EVENT_WRITE, step)
        elif connection.writing_watched and not wanted:
            self.selector.unregister(connection.writing)
        connection.writing_watched = wanted

    def drop(self, connection):
        if not connection.open:
            return
        connection.open = False
        self.connections.discard(connection)
        self.selector.unregister(connection.reading)
        self.watch_writing(connection, False)
        os.close(connection.reading)
        os.close(connection.writing)
        for part in connection.outgoing:
            if isinstance(part, list):
                os.close(part[0])
        connection.outgoing.clear()
        if not any(other.is_client for other in self.connections):
            self.alone_since = self.alone_since or time.monotonic()

    # -- operations

    def do_hello(self, connection, request, _header, _body):
        """Only who says hello holds the lease: a glance from `list` does not."""
        connection.is_client = True
        self.alone_since = None
        self.reply(connection, request, {'protocol': PROTOCOL, 'id': self.config['id'], **self.launcher.facts()})

    def do_run(self, connection, request, header, body):
        command = header['command']
        known = self.commands.get(command['id'])
        if known is not None and known.result is not None:
            self.send_result(connection, request, known)
            return
        if known is None:
            known = self.launch(command, body if header['hasStdin'] else None)
        known.waiters.append((connection, request))

    def do_cancel(self, connection, request, header, _body):
        running = self.running.get(header['commandId'])
        if running is not None and running.main_ended is None:
            running.ending = running.ending or 'cancelled'
            running.deadline = time.monotonic()
        self.reply(connection, request, {})

    def do_read(self, connection, request, header, _body):
        self.start_file_job(connection, request, 'read', header)

    def do_write(self, connection, request, header, body):
        self.start_file_job(connection, request, 'write', header, body)

    def do_hide(self, connection, request, header, _body):
        self.launcher.hide(header['entries'])
        self.reply(connection, request, {})

    def do_snapshot(self, connection, request, header, _body):
        # Reading gigabytes takes a while; the client has its own limit.
        self.start_file_job(connection, request, 'snapshot', header, seconds=900)

    def do_shutdown(self, connection, request, _header, _body):
        self.ending_for = [*(self.ending_for or []), (connection, request)]

    # -- commands

    def launch(self, command, stdin):
        running = RunningCommand(command, self.launcher.out_of_memory_events())
        running.launched = self.launcher.start(command, stdin)
        for reading, capture in zip(running.launched.outputs, running.captures):
            os.set_blocking(reading, False)
            running.streams[reading] = capture
            self.selector.register(reading, selectors.EVENT_READ, self.reader(running, reading))
        self.commands[command['id']] = self.running[command['id']] = running
        return running

    def reader(self, running, descriptor):
        def read(_events):
            self.read_once(running, descriptor)

        return read

    def read_once(self, running, descriptor):
        """Reads one piece; False when there is nothing (more) to read."""
        try:
            data = os.read(descriptor, CHUNK_BYTES)
        except BlockingIOError:
            return False
        if data:
            running.streams[descriptor].add(data)
            return True
        self.close_stream(running, descriptor)
        return False

    def close_stream(self, running, descriptor):
        self.selector.unregister(descriptor)
        os.close(descriptor)
        del running.streams[descriptor]

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            job = self.file_jobs.pop(pid, None)
            if job is not None:
                self.finish_file_job(job, status)
            for running in list(self.running.values()):
                if running.launched.pid == pid and running.main_ended is None:
                    running.main_ended = time.monotonic()
                    running.launched.exited = status
                    self.settle(running)

    def known_children(self):
        pids = set(self.file_jobs)
        for running in self.running.values():
            pids |= {running.launched.pid, running.launched.init}
            if running.launched.init is None:
                running.launched.read_status()
                pids.add(running.launched.init)
        return pids

    def settle(self, running):
        """Gives the result once everything that the command started is gone, and so all of its output is there."""
        overdue = time.monotonic() - running.main_ended > SETTLE_SECONDS
        if self.launcher.has_survivors(running.launched) and not overdue:
            return
        for descriptor in list(running.streams):
            while self.read_once(running, descriptor):
                pass
            if descriptor in running.streams:
                self.close_stream(running, descriptor)
        os.close(running.launched.status)
        del self.running[running.id]
        self.conclude(running)

    def conclude(self, running):
        problem = None if running.ending else self.launcher.launch_problem(running.launched)
        parts = [capture.parts() for capture in running.captures]
        if problem is not None:
            # Nothing ran, so the same command may be tried again.
            del self.commands[running.id]
            said = parts[-1][1].decode(errors='replace').strip()[-500:]
            for connection, request in running.waiters:
                self.fail(connection, request, f'{problem}: {said}')
            return
        streams = parts if len(parts) == 2 else [*parts, (b'', b'', 0)]
        header = {
            'ending': running.ending or 'exited',
            # What was ended may have left no status: its processes were more than could be waited for.
            'exitCode': None if running.ending else self.exit_code(running),
            'durationMs': round((running.main_ended - running.started) * 1000, 1),
            'streams': [[len(head), len(tail), dropped] for head, tail, dropped in streams],
            'outOfMemory': self.launcher.out_of_memory_events() > running.out_of_memory_events,
        }
        running.result = (header, self.keep(b''.join(head + tail for head, tail, _ in streams)))
        running.captures = []
        for connection, request in running.waiters:
            self.send_result(connection, request, running)
        running.waiters = []

    def exit_code(self, running):
        code = os.waitstatus_to_exitcode(self.launcher.exit_status(running.launched))
        return code if code >= 0 else 128 - code

    def keep(self, body):
        if len(body) <= RESULT_BYTES_IN_MEMORY:
            return body
        try:
            target = self.launcher.unnamed_file()
            write_all(target.fileno(), body)
            return target
        except OSError:
            return body  # A full disk costs memory here, not a result.

    def send_result(self, connection, request, finished):
        header, body = finished.result
        self.reply(connection, request, header, body)

    # -- files

    def start_file_job(self, connection, request, operation, header, body=b'', seconds=FILE_ACCESS_SECONDS):
        job = self.launcher.start_file_job(operation, header, body)
        job.connection, job.request, job.deadline = connection, request, time.monotonic() + seconds
        self.file_jobs[job.pid] = job

    def finish_file_job(self, job, status):
        with job.target as target, job.report as report:
            text = os.pread(report.fileno(), 1 << 16, 0)
            outcome = json.loads(text) if text else {'error': f'the helper ended with status {status}'}
            self.reply(job.connection, job.request, outcome, target)

    # -- end

    def end_everything(self):
        self.selector.unregister(self.door)
        self.door.close()
        deadline = time.monotonic() + SETTLE_SECONDS
        for running in self.running.values():
            # Nobody cancelled these: who waits for them learns from the closed connection that the sandbox is gone.
            running.ending, running.waiters = 'cancelled', []
        for job in self.file_jobs.values():
            self.launcher.kill_file_job(job)
        while self.running and time.monotonic() < deadline:
            for running in list(self.running.values()):
                if running.main_ended is None:
                    self.launcher.kill(running.launched)
            self.reap()
            for running in list(self.running.values()):
                if running.main_ended is not None:
                    self.settle(running)
            time.sleep(0.002)
        self.launcher.remove()
        for connection, request in self.ending_for:
            self.reply(connection, request, {})


# ----------------------------------------------------------------------------------------------- entry points


def boot(directory, config):
    """Makes everything that has to be there before the first command; raises `BootProblem`."""
    os.umask(0o022)
    os.chdir(directory)
    for name in ('root', 'results', 'work', 'data', 'data/upper', 'data/home', 'data/tmp'):
        os.mkdir(name)
    os.chmod('data/tmp', 0o1777)
    for name in ('data', 'data/upper', 'data/home', 'data/tmp'):
        give_to_sandbox(name)
    source, tree, lock, environment_directory = config['source'], None, None, None
    if source['kind'] == 'directory':
        _, lock = shared_tree('../.trees', os.path.realpath(source['directory']))
        tree = _
        os.chmod('data/upper', os.stat(tree).st_mode & 0o777)
        environment_directory = source.get('environment')
        if environment_directory is not None and not os.path.isdir(environment_directory):
            raise BootProblem('source', f'the environment {environment_directory} does not exist or is not a directory')
    launcher = Bubblewrap(directory, config)
    snapshot = 'snapshot' if os.path.exists('snapshot') else None
    launcher.build(tree, environment_directory, snapshot)
    if snapshot is not None:
        os.unlink(snapshot)
    return launcher, lock


def listen():
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    # Relative to the working directory: a socket's path may have 108 bytes at most.
    listener.bind('supervisor.sock')
    os.chmod('supervisor.sock', 0o600)
    listener.listen(64)
    return listener


def process_identity(pid):
    """A process number with its start time, which together never mean another process."""
    with open(f'/proc/{pid}/stat') as handle:
        return f'{pid} {handle.read().rpartition(")")[2].split()[19]}'


def start(directory):
    """Boots a sandbox and serves it as a process of nobody; says on standard output whether it is ready."""
    if os.fork() != 0:
        os._exit(0)
    os.setsid()
    if os.fork() != 0:
        os._exit(0)
    try:
        with open(os.path.join(directory, 'supervisor.pid'), 'w') as handle:
            handle.write(process_identity(os.getpid()))
        with open(os.path.join(directory, 'sandbox.json')) as handle:
            config = json.load(handle)
        launcher, lock = boot(directory, config)
        supervisor = Supervisor(config, launcher, SocketDoor(listen()))
        answer = {'ready': True}
    except BootProblem as problem:
        answer = {'ready': False, 'kind': problem.kind, 'message': str(problem)}
    except OSError as problem:
        answer = {'ready': False, 'kind': 'unavailable', 'message': f'{problem} (in {directory})'}
    try:
        os.write(1, json.dumps(answer).encode())
    except BrokenPipeError:
        pass  # Who asked is gone; the lease decides.
    if not answer['ready']:
        os._exit(1)
    null = os.open('/dev/null', os.O_RDWR)
    log = os.open('supervisor.log', os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor, target in ((null, 0), (null, 1), (log, 2)):
        os.dup2(descriptor, target)
    supervisor.serve()
    # The lock on the shared tree is held until here.
    del lock


def serve_starts():
    """Boots sandboxes for one worker until its standard input ends, so that Python itself is started once.

    Requests are lines, a JSON string with the directory each; answers are lines too, in any order:
    `{"directory", "stdout", "stderr"}` with what the start said.
    """
    # What the worker itself was started with is no business of a sandbox, and would be passed on to every command.
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    # Loaded once, before anything is forked: that saves every boot a quarter of its time.
    import ctypes, hashlib  # noqa: E401, F401

    # Nobody waits for the children: each answers for itself.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.buffer.readline, b''):
        directory = json.loads(line)
        fork_child(lambda directory=directory: answer_start(directory))


def answer_start(directory):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    reading, writing = os.pipe()
    errors = os.memfd_create('errors', os.MFD_CLOEXEC)
    null = os.open('/dev/null', os.O_RDWR)

    def child():
        for descriptor, target in ((null, 0), (writing, 1), (errors, 2)):
            os.dup2(descriptor, target)
        for descriptor in (reading, writing, errors, null):
            os.close(descriptor)
        start(directory)

    fork_child(child)
    os.close(writing)
    said = read_all(reading).decode(errors='replace')
    complaint = os.pread(errors, 1 << 20, 0).decode(errors='replace')
    # Short enough to be written in one piece beside the answers of others.
    answer = {'directory': directory, 'stdout': said[-1000:], 'stderr': complaint[-1000:]}
    write_all(1, json.dumps(answer, ensure_ascii=False).encode() + b'\n')


def main(arguments):
    if arguments == ['serve-starts']:
        serve_starts()
    elif len(arguments) == 2 and arguments[0] == 'remove':
        remove_sandbox(arguments[1])
    else:
        sys.exit('usage: supervisor.py serve-starts | remove DIRECTORY')


if __name__ == '__main__':
    main(sys.argv[1:])
