"""System calls that the standard library has only in later versions, or not at all."""

import ctypes
import os
import struct

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x00020000, 0x02000000, 0x04000000
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 0x1, 0x2, 0x4, 0x8, 0x20
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MNT_DETACH = 2
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 0x1, 0x2, 0x4
# The same number on every architecture: the call is younger than the unified table.
SYS_MOUNT_SETATTR = 442
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER = 1, 4, 8, 24, 36
LINUX_CAPABILITY_VERSION_3 = 0x20080522
LAST_CAPABILITY = 63
# What file systems stamp their files by: the moment of the last tick.
CLOCK_REALTIME_COARSE = 5
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2


class Kernel:
    def __init__(self):
        self.libc = ctypes.CDLL(None, use_errno=True)

    @staticmethod
    def call(what, function, *arguments):
        if function(*arguments) != 0:
            number = ctypes.get_errno()
            raise OSError(number, f'{what}: {os.strerror(number)}')

    # -- namespaces and mounts

    def unshare(self, flags):
        self.call('unshare', self.libc.unshare, flags)

    def setns(self, namespace):
        self.call('setns', self.libc.setns, namespace, 0)

    def mount(self, source, target, kind, flags, options=''):
        raw = [part.encode() if part is not None else None for part in (source, target, kind)]
        self.call(f'mount {target}', self.libc.mount, *raw, ctypes.c_ulong(flags), options.encode())

    def unmount(self, target):
        self.call(f'umount {target}', self.libc.umount2, target.encode(), MNT_DETACH)

    def bind(self, source, target):
        """Recursive, because a user namespace may not take a mount apart from the mounts below it."""
        self.mount(source, target, None, MS_BIND | MS_REC)

    def restrict(self, target, attributes, recursive):
        attr = struct.pack('QQQQ', attributes, 0, 0, 0)
        flags = ctypes.c_uint(AT_RECURSIVE if recursive else 0)
        place = (ctypes.c_int(AT_FDCWD), target.encode(), flags)
        arguments = (ctypes.c_long(SYS_MOUNT_SETATTR), *place, attr, ctypes.c_size_t(len(attr)))
        self.call(f'mount_setattr {target}', self.libc.syscall, *arguments)

    def pivot_root(self):
        self.call('pivot_root', self.libc.pivot_root, b'.', b'.')
        self.unmount('.')
        os.chdir('/')

    # -- processes

    def prctl(self, option, value):
        self.call('prctl', self.libc.prctl, option, ctypes.c_ulong(value), 0, 0, 0)

    def set_capabilities(self, permitted):
        """Exactly these are permitted and effective from now on, and none is passed on."""
        header = struct.pack('Ii', LINUX_CAPABILITY_VERSION_3, 0)
        low, high = permitted & 0xFFFFFFFF, permitted >> 32
        self.call('capset', self.libc.capset, header, struct.pack('IIIIII', low, low, 0, high, high, 0))

    def empty_bounding_set(self):
        for capability in range(LAST_CAPABILITY + 1):
            # Beyond the last one that this kernel has, the call fails, and there is nothing to drop.
            self.libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0)

    def filter_calls(self, program):
        """From now on, of this process and its children; `program` is in the code of socket filters."""
        code = ctypes.create_string_buffer(program, len(program))
        # struct sock_fprog: how many instructions of eight bytes, and where they lie.
        head = struct.pack('HxxxxxxP', len(program) // 8, ctypes.addressof(code))
        place = ctypes.create_string_buffer(head, len(head))
        self.call('seccomp', self.libc.prctl, PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), place, 0, 0)
