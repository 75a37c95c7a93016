"""Commands in a root file system of our own, each in fresh process, network and mount namespaces made by bwrap.

The supervisor stays outside and enters the namespaces of `bubblewrap_root` for each command.
"""

import errno
import os
import re
import signal

from . import bubblewrap_snapshot
from .bubblewrap_root import NOTHING
from .bubblewrap_user import AGENT_ID, drop_to_sandbox_user
from .children import Launched, fork_child, kill, prepare_command
from .descriptors import close_each, unnamed_memory, write_all
from .file_access import fork_file_job, report_file_job
from .kernel import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG
from .launcher import Launcher
from .removal import remove_sandbox
from .tree_changes import changed_since

# Commands may still be started while a fork bomb uses up the processes of the sandbox.
PROCESS_HEADROOM = 64
SHARED_MEMORY_BYTES = 64 << 20
# What a command that is kept apart may write to each of its places, in memory; parsers write little.
APART_BYTES = 64 << 20


class BubblewrapLauncher(Launcher):
    def __init__(self, directory, config, kernel, namespaces):
        self.kernel, self.namespaces = kernel, namespaces
        self.directory = directory
        self.limits = config['limits']
        self.environment = config['environment']
        self.bwrap = config['bwrap']
        # Of a sandbox without a tree nothing is kept from one command to the next.
        self.apart = config['source']['kind'] == 'tools'
        self.privileged = os.geteuid() == 0
        # Path to whether it is a directory: what lies in read-only mounts cannot be removed, so it is covered.
        self.hidden = {}
        self.identity = os.stat(directory)
        # Orphans of a killed bwrap come to us, so that they are known to be gone before a result is given.
        self.kernel.prctl(PR_SET_CHILD_SUBREAPER, 1)

    # -- commands

    def start(self, command, stdin):
        readers, childrens_ends = [], [open_stdin(stdin)]
        try:
            for _ in range(3 if command['separateStderr'] else 2):
                reading, writing = os.pipe()
                readers.append(reading)
                childrens_ends.append(writing)
            source, status, *outputs = childrens_ends
            pid = fork_child(self.becoming(command, source, outputs[0], outputs[-1], status))
        except OSError:
            close_each(readers)
            raise
        finally:
            close_each(childrens_ends)
        os.set_blocking(readers[0], False)
        return Launched(pid, readers[0], readers[1:])

    def becoming(self, command, stdin, stdout, stderr, status):
        """What the child does to become the command."""
        supervisor = os.getpid()

        def child():
            try:
                os.dup2(stdin, 0)
                os.dup2(stdout, 1)
                os.dup2(stderr, 2)
                os.set_inheritable(status, True)
                os.setsid()
                prepare_command(self.limits, self.limits['processes'] + PROCESS_HEADROOM)
                self.enter_commands()
                # Set last: a change of user clears it. The check closes the gap before it.
                self.kernel.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
                if os.getppid() != supervisor:
                    os._exit(1)
                # bwrap itself runs outside: an LD_PRELOAD of the agent in its environment would run there, too.
                os.execve(self.bwrap, self.arguments(command, status), {'LC_ALL': 'C'})
            except BaseException as problem:
                os.write(2, f'supervisor: launching {self.bwrap}: {problem}\n'.encode(errors='backslashreplace'))
                if getattr(problem, 'errno', None) == errno.E2BIG:
                    # Whoever wrote so long a command did it, not this machine.
                    os.write(status, b'{"exit-code": 126}')
                    os._exit(126)
                os._exit(1)

        return child

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
            'bwrap', *self.root(), '--proc', '/proc', '--dev', '/dev',
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

    def root(self):
        if not self.apart:
            return ['--bind', '/', '/']
        arguments = ['--ro-bind', '/', '/']
        for place, mode in (('/repo', '0755'), ('/home/agent', '0755'), ('/tmp', '1777'), ('/var/tmp', '1777')):
            arguments += ['--perms', mode, '--size', str(APART_BYTES), '--tmpfs', place]
        return arguments

    def covers(self):
        """Mounts of each command alone: whoever runs it has no right to take them away."""
        for path, is_directory in sorted(self.hidden.items()):
            if is_directory:
                yield from ('--tmpfs', path, '--remount-ro', path)
            else:
                yield from ('--ro-bind', NOTHING, path)

    def kill(self, launched):
        """The kernel ends the process namespace with bwrap, and everything that the command started with it."""
        kill(launched.pid)

    def processes_of(self, launched):
        return {launched.pid, init_of(launched)}

    def has_survivors(self, launched, known_children):
        init = init_of(launched)
        for pid in [init] if init else unknown_children(launched, known_children):
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

    def exit_status(self, launched):
        """bwrap hands on that of its program."""
        return launched.exited

    def launch_problem(self, launched):
        """bwrap reports an exit code only of what it could start."""
        if b'"exit-code"' in launched.status_text or os.WIFSIGNALED(launched.exited):
            return None
        return f'{self.bwrap} ended with status {os.WEXITSTATUS(launched.exited)} before the command started'

    def out_of_memory_events(self):
        """Nobody counts them for one sandbox without a control group."""
        return 0

    # -- files

    def start_file_job(self, operation, header, body):
        def child(target, report):
            self.kernel.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            report_file_job(self, operation, header, body, target, report)

        return fork_file_job(self, child)

    def become_agent(self):
        if self.privileged:
            self.kernel.setns(self.namespaces['files'])
            drop_to_sandbox_user()
        else:
            self.kernel.setns(self.namespaces['user'])
            self.kernel.setns(self.namespaces['files'])
            self.kernel.set_capabilities(0)

    def unnamed_file(self):
        return open(os.open('results', os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600), 'r+b', buffering=0)

    def hide(self, entries):
        self.hidden.update({entry['path']: entry['directory'] for entry in entries})

    def hides(self, path):
        real = os.path.realpath(path)
        return any(real == hidden or real.startswith(f'{hidden}/') for hidden in self.hidden)

    def snapshot(self, target):
        self.enter_data()
        bubblewrap_snapshot.write(target)

    def tree_changed(self, since_ns):
        self.enter_data()
        return changed_since('upper', since_ns)

    def enter_data(self):
        if not self.privileged:
            # Gives back the right to read what the agent took its own permissions from.
            self.kernel.setns(self.namespaces['user'])
        os.chroot('data')
        os.chdir('/')

    # -- life

    def is_in_place(self):
        try:
            return os.path.samestat(os.stat(self.directory), self.identity)
        except (FileNotFoundError, NotADirectoryError):
            return False

    def remove(self):
        if self.is_in_place():
            os.chdir('/')
            remove_sandbox(self.directory)


def open_stdin(content):
    if content is None:
        return os.open('/dev/null', os.O_RDONLY | os.O_CLOEXEC)
    # A file rather than a pipe: nobody has to feed it, and a command that reads nothing blocks nobody.
    memory = unnamed_memory('stdin')
    try:
        write_all(memory, content)
        return os.open(f'/proc/self/fd/{memory}', os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(memory)


def init_of(launched):
    """The first process of the command's own namespace; bwrap says soon after its start which one it is."""
    found = re.search(rb'"child-pid": (\d+)', launched.read_status())
    return int(found[1]) if found else None


def unknown_children(launched, known_children):
    """A bwrap killed in the instant of its start has not said which process it made."""
    if not os.WIFSIGNALED(launched.exited):
        return []
    with open(f'/proc/self/task/{os.getpid()}/children') as handle:
        children = {int(pid) for pid in handle.read().split()}
    return children - known_children()
