"""The root file system of a bubblewrap sandbox, and the namespaces that hold it."""

import errno
import os
import stat

from . import bubblewrap_snapshot
from . import kernel as kernels
from . import snapshot_archive as archives
from .boot_problem import BootProblem
from .bubblewrap_user import AGENT_ID, SANDBOX_HOST_ID, drop_to_sandbox_user
from .children import fork_child
from .descriptors import close_each, read_all
from .tree_copy import copy_file

DIRECTORIES = (
    'usr', 'etc', 'proc', 'dev', 'repo', 'home', 'home/agent', 'tmp', 'opt', 'opt/environment', 'run', 'var', 'var/tmp',
)  # fmt: skip
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
# The exit status of a child that was given what is no snapshot.
UNUSABLE_SNAPSHOT = 3
# What the child that builds has reached, and the namespace of it that is to be kept then.
STAGES = {b'u': ('user', 'user'), b'c': ('commands', 'mnt'), b'f': ('files', 'mnt')}


class RootBuilder:
    """Builds in a child and keeps its namespaces by descriptors, with no process in them.

    In `commands` the root directory is the sandbox's and nothing else of the host is mounted; every command gets its own
    copy of it from bwrap. `files` is the same without /proc and /dev, for reading and writing files: a path through
    /proc would lead out again.

    A user namespace of the sandbox lies between the host and the commands. The kernel counts processes per user
    namespace, so the process limit holds for each sandbox although all of them share one user of the host.
    """

    def __init__(self, kernel, privileged):
        self.kernel, self.privileged = kernel, privileged
        self.namespaces = {}

    def build(self, tree, shown, snapshot):
        """Returns the descriptors of the namespaces by name."""
        up, down, errors = os.pipe(), os.pipe(), os.pipe()

        def child():
            os.dup2(errors[1], 2)
            close_each((up[0], down[1], errors[0]))
            await_parent = parent_at(up[1], down[0])
            self.build_namespaces(tree, shown, snapshot, await_parent)

        pid = fork_child(child)
        close_each((up[1], down[0], errors[1]))
        for stage in iter(lambda: os.read(up[0], 1), b''):
            self.keep_namespace(pid, stage)
            os.write(down[1], b'.')
        message = read_all(errors[0]).decode(errors='replace').strip()
        _, status = os.waitpid(pid, 0)
        close_each((up[0], down[1], errors[0]))
        if os.waitstatus_to_exitcode(status) == UNUSABLE_SNAPSHOT:
            raise BootProblem('snapshot', f'the snapshot cannot be restored: {message}')
        if status != 0:
            user = 'root' if self.privileged else f'user {os.geteuid()}'
            raise BootProblem('unavailable', f'building the root file system as {user} failed: {message}')
        return self.namespaces

    def keep_namespace(self, pid, stage):
        name, kind = STAGES[stage]
        if name == 'user':
            host_user = SANDBOX_HOST_ID if self.privileged else os.geteuid()
            host_group = SANDBOX_HOST_ID if self.privileged else os.getegid()
            maps = [('uid_map', f'{AGENT_ID} {host_user} 1'), ('gid_map', f'{AGENT_ID} {host_group} 1')]
            for file, text in maps if self.privileged else [('setgroups', 'deny'), *maps]:
                with open(f'/proc/{pid}/{file}', 'w') as handle:
                    handle.write(text)
        self.namespaces[name] = os.open(f'/proc/{pid}/ns/{kind}', os.O_RDONLY | os.O_CLOEXEC)

    # -- in the child

    def build_namespaces(self, tree, shown, snapshot, await_parent):
        kernel = self.kernel
        # Without privileges, the user namespace is what permits the mounts; with them, it is made when they are done.
        kernel.unshare(kernels.CLONE_NEWNS if self.privileged else kernels.CLONE_NEWNS | kernels.CLONE_NEWUSER)
        if not self.privileged:
            await_parent(b'u')
        if snapshot is not None:
            self.restore(snapshot)
        kernel.mount(None, '/', None, kernels.MS_REC | kernels.MS_PRIVATE)
        self.mount_root(tree, shown)
        os.chdir('root')
        kernel.pivot_root()
        await_parent(b'c')
        kernel.unshare(kernels.CLONE_NEWNS)
        kernel.unmount('/proc')
        kernel.unmount('/dev')
        await_parent(b'f')
        if self.privileged:
            drop_to_sandbox_user()
            kernel.unshare(kernels.CLONE_NEWUSER)
            await_parent(b'u')

    def restore(self, snapshot):
        def child():
            with open(snapshot, 'rb') as source:
                os.chroot('data')
                os.chdir('/')
                if self.privileged:
                    drop_to_sandbox_user()
                try:
                    archives.restoring(bubblewrap_snapshot.restore, source)
                except archives.UnusableSnapshot as problem:
                    os.write(2, f'{problem}\n'.encode(errors='backslashreplace'))
                    os._exit(UNUSABLE_SNAPSHOT)

        _, status = os.waitpid(fork_child(child), 0)
        if os.waitstatus_to_exitcode(status) == UNUSABLE_SNAPSHOT:
            os._exit(UNUSABLE_SNAPSHOT)
        if status != 0:
            raise OSError(errno.EINVAL, 'the snapshot cannot be restored')

    def mount_root(self, tree, shown):
        """Relative paths: the working directory is the sandbox's, and a path of any length or spelling is fine."""
        kernel, unsafe = self.kernel, kernels.MS_NOSUID | kernels.MS_NODEV
        kernel.mount('tmpfs', 'root', 'tmpfs', unsafe, 'mode=755,size=4m')
        for name in DIRECTORIES:
            os.mkdir(f'root/{name}')
        self.mount_read_only('/usr', 'root/usr')
        for name in ('bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'):
            self.mirror(f'/{name}', f'root/{name}')
        self.make_etc()
        os.close(os.open(f'root{NOTHING}', os.O_CREAT, 0o444))
        kernel.bind('/proc', 'root/proc')
        kernel.mount('tmpfs', 'root/dev', 'tmpfs', kernels.MS_NOSUID, 'mode=755,size=64k')
        for name in DEVICES:
            os.close(os.open(f'root/dev/{name}', os.O_CREAT, 0o644))
            kernel.bind(f'/dev/{name}', f'root/dev/{name}')
        for place, directory in shown.items():
            os.makedirs(f'root/{place}', exist_ok=True)
            self.mount_read_only(directory, f'root/{place}')
            if os.path.isdir(f'{directory}/node_modules'):
                # Where every package lookup of Node.js ends; NODE_PATH would serve `require` and not `import`.
                os.symlink(f'/{place}/node_modules', 'root/node_modules')
        if tree is None:
            kernel.bind('data/upper', 'root/repo')
        else:
            # `volatile`: nothing in here has to survive a power cut, so nothing waits for the disk.
            layers = f'lowerdir={tree},upperdir=data/upper,workdir=work,userxattr,volatile'
            kernel.mount('overlay', 'root/repo', 'overlay', unsafe, layers)
        kernel.bind('data/home', 'root/home/agent')
        kernel.bind('data/tmp', 'root/tmp')
        kernel.bind('data/tmp', 'root/var/tmp')
        for name in ('repo', 'home/agent', 'tmp', 'var/tmp'):
            kernel.restrict(f'root/{name}', kernels.MOUNT_ATTR_NOSUID | kernels.MOUNT_ATTR_NODEV, True)
        kernel.restrict('root', kernels.MOUNT_ATTR_RDONLY, False)

    def mount_read_only(self, source, target):
        self.kernel.bind(source, target)
        attributes = kernels.MOUNT_ATTR_RDONLY | kernels.MOUNT_ATTR_NOSUID | kernels.MOUNT_ATTR_NODEV
        self.kernel.restrict(target, attributes, True)

    def mirror(self, source, target):
        """A link as a link, a small file as a copy, a directory as a read-only mount; what is not there is left out."""
        try:
            status = os.lstat(source)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return  # What this user may not see is not there for a sandbox either.
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


def parent_at(up, down):
    def await_parent(stage):
        os.write(up, stage)
        if os.read(down, 1) != b'.':
            raise OSError(errno.EPIPE, 'the supervisor is gone')

    return await_parent
