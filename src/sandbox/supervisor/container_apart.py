"""A command of a container in a place of its own: what it does is gone with it, and of what others did it sees nothing.

No file, process, port, number of a process or amount of used time tells it whether it is the first one, so what has
to be judged by itself can be judged in a sandbox that has judged something else.
"""

import os

from . import kernel as kernels
from . import refused_calls
from .children import fork_child

NAMESPACES = (
    kernels.CLONE_NEWNS
    | kernels.CLONE_NEWCGROUP
    | kernels.CLONE_NEWUTS
    | kernels.CLONE_NEWIPC
    | kernels.CLONE_NEWPID
    | kernels.CLONE_NEWNET
)
# A parser keeps little; it counts against the memory of the sandbox.
PLACE_BYTES = 64 << 20
# Where everybody may write, and where the engine says what the container has used so far.
SHARED_PLACES = ('/tmp', '/var/tmp', '/dev/shm')
SHUT_PLACES = ('/sys', '/dev/mqueue')


def is_possible(kernel, agent, tree_root):
    """Whether this engine lets the supervisor do it; a container of another one keeps nothing apart."""
    if not refused_calls.is_known():
        return False

    def child():
        # What is missing is no fault, so nothing is said of it.
        os.dup2(os.open('/dev/null', os.O_WRONLY), 2)
        enter(kernel, agent, tree_root)

    _, status = os.waitpid(fork_child(child), 0)
    return status == 0


def enter(kernel, agent, tree_root):
    """Returns in a process that is to become the command; those above it wait for it and end like it."""
    kernel.unshare(NAMESPACES)
    first = os.fork()
    if first:
        end_like(first)
    make_place(kernel, agent, tree_root)
    command = os.fork()
    if command:
        # The first process of its namespace: with its end the kernel ends whatever the command left.
        end_like(command)
    refused_calls.refuse(kernel)


def end_like(child):
    """A process cannot be made to end by a signal as surely as with an exit code, and a shell takes both for the same."""
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def make_place(kernel, agent, tree_root):
    kernel.mount(None, '/', None, kernels.MS_REC | kernels.MS_PRIVATE)
    kernel.mount(None, '/', None, kernels.MS_REMOUNT | kernels.MS_BIND | kernels.MS_RDONLY)
    unsafe = kernels.MS_NOSUID | kernels.MS_NODEV
    for path in (tree_root, agent.environment['HOME']):
        owned = f'mode=755,uid={agent.uid},gid={agent.gid},size={PLACE_BYTES}'
        kernel.mount('tmpfs', path, 'tmpfs', unsafe, owned)
    for path in SHARED_PLACES:
        kernel.mount('tmpfs', path, 'tmpfs', unsafe, f'mode=1777,size={PLACE_BYTES}')
    for path in SHUT_PLACES:
        if os.path.isdir(path):
            kernel.mount('tmpfs', path, 'tmpfs', unsafe | kernels.MS_RDONLY, 'mode=755,size=4k')
    kernel.mount('proc', '/proc', 'proc', unsafe | kernels.MS_NOEXEC | kernels.MS_RDONLY)
