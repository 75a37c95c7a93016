"""System calls that no command of a container may make where its supervisor may.

An engine lets a container that has CAP_SYS_ADMIN make namespaces and mounts, and its filter cannot tell the supervisor
from what the supervisor starts. Without a capability these calls fail in the kernel, but for new user namespaces, which
everybody may make and which open more of the kernel than a command needs.
"""

import errno
import os
import struct

# Offsets in `struct seccomp_data`.
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOWED, REFUSED = 0x7FFF0000, 0x00050000
# On x86 a second range of numbers leads to the same calls; nothing that a test runner is made of uses it.
X32_NUMBERS = 0x40000000
# Of `clone`: mount, cgroup, uts, ipc, user, pid and network namespaces.
NEW_NAMESPACES = 0x7E020000

# Audit number of the architecture, and of its calls: (clone, all others).
ARCHITECTURES = {
    # unshare, setns, mount, umount2, pivot_root, sethostname, setdomainname, bpf, perf_event_open, fanotify_init,
    # lookup_dcookie, name_to_handle_at, quotactl, syslog
    'x86_64': (0xC000003E, 56, (272, 308, 165, 166, 155, 170, 171, 321, 298, 300, 212, 303, 179, 103)),
    'aarch64': (0xC00000B7, 220, (97, 268, 40, 39, 41, 161, 162, 280, 241, 262, 18, 264, 60, 116)),
}
# The same everywhere: open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr, quotactl_fd
YOUNG_CALLS = (428, 429, 430, 431, 432, 433, 442, 443)
CLONE3 = 435


def is_known():
    return os.uname().machine in ARCHITECTURES


def refuse(kernel):
    """For this process and all that it becomes and starts."""
    kernel.filter_calls(program(*ARCHITECTURES[os.uname().machine]))


def program(architecture, clone, calls):
    """The filter, in the kernel's own code for it: eight bytes an instruction."""
    no_permission, no_such_call = REFUSED | errno.EPERM, REFUSED | errno.ENOSYS
    refused = (*calls, *YOUNG_CALLS)
    lines = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, no_permission),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32_NUMBERS),
        (RETURN, 0, 0, no_permission),
        # Its flags lie in memory, where no filter sees them; the C library takes `clone` where there is none.
        (EQUAL, 0, 1, CLONE3),
        (RETURN, 0, 0, no_such_call),
    ]
    for number in refused:
        lines += [(EQUAL, 0, 1, number), (RETURN, 0, 0, no_permission)]
    lines += [
        (EQUAL, 0, 3, clone),
        (LOAD, 0, 0, FIRST_ARGUMENT),
        (ANY_BIT, 0, 1, NEW_NAMESPACES),
        (RETURN, 0, 0, no_permission),
        (RETURN, 0, 0, ALLOWED),
    ]
    return b''.join(struct.pack('HBBI', *line) for line in lines)
