"""The main process of a container: the supervisor of `supervisor.py` with a launcher that needs no further sandbox.

It starts as root and becomes SUPERVISOR_ID with a handful of capabilities; every command and file access becomes the
agent, without any. So an agent that is root itself can neither signal nor look into the supervisor, and as process 1
it is the only one that the kernel never lets a neighbour kill.

Clients come in through FIFOs below /.selfplay/run rather than a socket: /proc/net/unix shows every socket to every
process of the container. Both directories are mounts directly below the root directory, which nobody can rename.
"""

import errno
import fcntl
import json
import os
import re
import resource
import signal
import struct
import time

import container_snapshot
from container_bridge import DOOR, RUN
from container_tree import find_agent, find_tree, git_ownership_differs, missing_programs
from supervisor import (
    LINUX_CAPABILITY_VERSION_3, OPEN_FILES, PR_SET_CHILD_SUBREAPER, SETTLE_SECONDS, BootProblem,
    Connection, FileJob, Kernel, Launched, Supervisor, fork_child, report_file_job, write_all,
)  # fmt: skip

HOME = '/.selfplay'
# Put there before the start; not into /.selfplay/run, which lies in memory.
SNAPSHOT = '/.selfplay-snapshot'
# Of no distribution and no range that engines map; the agent never has it.
SUPERVISOR_ID = 64999

PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 4, 8, 24
CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP = 0, 1, 3, 5, 6, 7, 8
OWN_CAPABILITIES = sum(
    1 << number
    for number in (CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP)
)
LAST_CAPABILITY = 63

# Five hundred busy processes of this niceness weigh seven times as much as the keeper that is to end them; as equals
# they would weigh five hundred times as much.
COMMAND_NICENESS = 19
# While no process can be forked, this often it is tried again.
SPARE_RETRY_SECONDS = 0.05
PIPE_BYTES = 1 << 20


class ContainerKernel(Kernel):
    def set_capabilities(self, permitted):
        header = struct.pack('Ii', LINUX_CAPABILITY_VERSION_3, 0)
        low, high = permitted & 0xFFFFFFFF, permitted >> 32
        self.call('capset', self.libc.capset, header, struct.pack('IIIIII', low, low, 0, high, high, 0))

    def empty_bounding_set(self):
        for capability in range(LAST_CAPABILITY + 1):
            # Beyond the last one that this kernel has, the call fails, and there is nothing to drop.
            self.libc.prctl(PR_CAPBSET_DROP, self.ctypes.c_ulong(capability), 0, 0, 0)

    def become_supervisor(self):
        self.prctl(PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(SUPERVISOR_ID, SUPERVISOR_ID, SUPERVISOR_ID)
        os.setresuid(SUPERVISOR_ID, SUPERVISOR_ID, SUPERVISOR_ID)
        self.set_capabilities(OWN_CAPABILITIES)
        # A change of user gives the files of /proc/1 to root, and an agent that is root could make this process the
        # first one to go when memory runs out. Nobody else has this user, so nobody gains anything.
        self.prctl(PR_SET_DUMPABLE, 1)


# ----------------------------------------------------------------------------------------------- clients


class FifoDoor:
    """A client makes two FIFOs and writes its number into a third one, the door."""

    def __init__(self):
        os.mkfifo(DOOR, 0o600)
        # For writing too, so that it never ends.
        self.door = os.open(DOOR, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self.pending = b''

    def fileno(self):
        return self.door

    def accept(self):
        try:
            self.pending += os.read(self.door, 1 << 12)
        except BlockingIOError:
            return
        *numbers, self.pending = self.pending.split(b'\n')
        for number in numbers:
            connection = self.open_pair(number.decode())
            if connection is not None:
                yield connection

    @staticmethod
    def open_pair(number):
        incoming, outgoing = f'{RUN}/{number}.in', f'{RUN}/{number}.out'
        try:
            writing = os.open(outgoing, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            reading = os.open(incoming, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None  # The client is gone already.
        finally:
            for path in (incoming, outgoing):
                try:
                    os.unlink(path)
                except FileNotFoundError:
                    pass
        for descriptor in (reading, writing):
            enlarge(descriptor)
        return Connection(reading, writing)

    def close(self):
        os.close(self.door)


def enlarge(pipe):
    try:
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except OSError:
        pass  # A user may hold a limited amount of large pipes; a small one works, too.


# ----------------------------------------------------------------------------------------------- children


class Spare:
    """A child that waits for its order, because when the order comes a fork bomb may have left no room for one.

    For a command there are two: the worker becomes the command, and the keeper is the parent of whatever loses its own
    parent below it, so it finds everything that the command started, in whatever session, and ends when nothing is left.
    """

    def __init__(self):
        self.order = os.memfd_create('order', os.MFD_CLOEXEC)
        self.payload = os.memfd_create('stdin', os.MFD_CLOEXEC)
        self.go = os.pipe()
        self.pid = None
        self.childrens_ends = [self.go[0]]
        self.own_ends = [self.go[1]]

    def give(self, order, body):
        write_all(self.order, json.dumps(order).encode())
        if body:
            write_all(self.payload, body)
        os.write(self.go[1], b'.')
        for descriptor in (self.go[1], self.order, self.payload):
            os.close(descriptor)

    def await_order(self, further):
        """In the child."""
        close_all_but({self.order, self.payload, *self.childrens_ends, *further})
        if os.read(self.go[0], 1) != b'.':
            os._exit(0)
        return json.loads(read_from_start(self.order))

    def fork(self, body):
        try:
            self.pid = fork_child(body)
        except OSError:
            self.discard()
            raise
        finally:
            for descriptor in self.childrens_ends:
                os.close(descriptor)

    def is_alive(self):
        return os.path.exists(f'/proc/{self.pid}')

    def discard(self):
        """Of a spare that is no more, or never was."""
        for descriptor in (self.order, self.payload, *self.own_ends):
            os.close(descriptor)


class CommandSpare(Spare):
    def __init__(self, become_command, kernel):
        super().__init__()
        self.status, self.stdout, self.stderr = os.pipe(), os.pipe(), os.pipe()
        self.childrens_ends += [self.status[1], self.stdout[1], self.stderr[1]]
        self.own_ends += [self.status[0], self.stdout[0], self.stderr[0]]

        def worker():
            order = self.await_order(set())
            try:
                become_command(order, self)
            except BaseException as problem:
                # Nothing of the agent ran: what it did not do is not its result.
                os.write(self.status[1], f'!{problem}'.encode())
                raise

        def keeper():
            signal.pthread_sigmask(signal.SIG_BLOCK, KEEPER_SIGNALS)
            kernel.prctl(PR_SET_CHILD_SUBREAPER, 1)
            keep(self.status[1], fork_child(worker))

        self.fork(keeper)
        os.set_blocking(self.status[0], False)


class FileSpare(Spare):
    def __init__(self, launcher):
        super().__init__()
        self.target = launcher.unnamed_file()
        # Kept in memory, so that it can still say that the disk is full.
        self.report = open(os.memfd_create('report', os.MFD_CLOEXEC), 'r+b', buffering=0)

        def worker():
            order = self.await_order({self.target.fileno(), self.report.fileno()})
            body = read_from_start(self.payload)
            report_file_job(launcher, order['operation'], order['header'], body, self.target, self.report)

        self.fork(worker)

    def discard(self):
        super().discard()
        self.target.close()
        self.report.close()


def close_all_but(kept):
    """Never the standard streams: what is opened next would take their place."""
    for name in os.listdir('/proc/self/fd'):
        if int(name) > 2 and int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:
                pass


def children_of(parents):
    """The processes below these; a scan of /proc, which in a container holds no stranger."""
    parent_of = {}
    for name in os.listdir('/proc'):
        if name.isdigit():
            try:
                with open(f'/proc/{name}/stat', 'rb') as handle:
                    fields = handle.read().rpartition(b')')[2].split()
            except OSError:
                continue
            if fields[0] != b'Z':
                parent_of[int(name)] = int(fields[1])
    found = set()
    while True:
        below = {pid for pid, parent in parent_of.items() if parent in parents or parent in found} - found
        if not below:
            return found
        found |= below


def kill_below(keeper):
    """Stops everything first: what is stopped does not fork, so also a fork bomb comes to an end."""
    stopped = set()
    while True:
        fresh = children_of({keeper}) - stopped
        if not fresh:
            break
        send(fresh, signal.SIGSTOP)
        stopped |= fresh
    send(stopped, signal.SIGKILL)


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


KEEPER_SIGNALS = {signal.SIGCHLD, signal.SIGTERM}


def keep(report, worker):
    """The keeper's life: until nothing below it is left. SIGTERM means that the time is over."""
    close_all_but({report})
    ending, stuck_at = False, None
    while True:
        wait = 0.002 if ending else 60
        received = signal.sigtimedwait(KEEPER_SIGNALS, wait)
        ending = ending or (received is not None and received.si_signo == signal.SIGTERM)
        try:
            while True:
                pid, code = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid == worker:
                    os.write(report, b'%d\n' % code)
                    ending = True
        except ChildProcessError:
            return
        if ending:
            kill_below(os.getpid())
            # From here on, because a fork bomb on a machine under load takes longer than this to be stopped.
            stuck_at = stuck_at or time.monotonic() + SETTLE_SECONDS
            if time.monotonic() > stuck_at:
                return  # Stuck in the kernel: the result does not wait for that.


# ----------------------------------------------------------------------------------------------- launcher


class Container:
    """Launches commands in the container that it is the main process of."""

    def __init__(self, config):
        self.kernel = ContainerKernel()
        self.limits = config['limits']
        self.problem = None
        self.spares = {'command': None, 'file': None}
        self.environment = {}
        self.tree_root = None
        self.agent = None
        self.boot_moment = container_snapshot.moment(self.unnamed_file)

    def prepare(self, config):
        """Finds the tree and the agent, and restores a snapshot; raises `BootProblem`."""
        self.tree_root = find_tree(config['tree'])
        self.agent = find_agent(config.get('agentUser'), self.tree_root)
        self.environment = {**self.agent.environment, **config['environment'], **config['ownEnvironment']}
        extra = [f'{HOME}/path/{name}' for name in missing_programs(self.environment['PATH'])]
        self.environment['PATH'] = ':'.join([self.environment['PATH'], *extra])
        if git_ownership_differs(self.tree_root, self.agent.uid):
            safe = {'COUNT': '1', 'KEY_0': 'safe.directory', 'VALUE_0': '*'}
            self.environment.update({f'GIT_CONFIG_{name}': value for name, value in safe.items()})
        if config['hasSnapshot']:
            self.restore()

    def restore(self):
        try:
            with open(SNAPSHOT, 'rb') as source:
                os.unlink(SNAPSHOT)
                container_snapshot.restore(source)
        except (OSError, EOFError, ValueError) as problem:
            raise BootProblem('unavailable', f'the snapshot cannot be restored: {problem}') from problem

    # -- spares

    def tick(self):
        for kind, spare in self.spares.items():
            if spare is not None and not spare.is_alive():
                # Ended before its order: memory ran out.
                self.spares[kind] = None
                spare.discard()
            if self.spares[kind] is None:
                try:
                    self.spares[kind] = self.make_spare(kind)
                except OSError:
                    return time.monotonic() + SPARE_RETRY_SECONDS
        return None

    def make_spare(self, kind):
        return CommandSpare(self.become_command, self.kernel) if kind == 'command' else FileSpare(self)

    def take_spare(self, kind):
        """Raises `BlockingIOError` where no process can be started."""
        spare, self.spares[kind] = self.spares[kind], None
        return spare or self.make_spare(kind)

    # -- commands

    def start(self, command, body):
        spare = self.take_spare('command')
        spare.give({'command': command, 'hasStdin': body is not None}, body)
        launched = Launched(spare.pid, spare.status[0])
        launched.outputs = [spare.stdout[0], spare.stderr[0]]
        if not command['separateStderr']:
            os.close(launched.outputs.pop())
        return launched

    def become_command(self, order, spare):
        command = order['command']
        source = f'/proc/self/fd/{spare.payload}' if order['hasStdin'] else '/dev/null'
        os.dup2(os.open(source, os.O_RDONLY), 0)
        os.dup2(spare.stdout[1], 1)
        os.dup2(spare.stderr[1] if command['separateStderr'] else spare.stdout[1], 2)
        os.setsid()
        with open('/proc/self/oom_score_adj', 'w') as handle:
            # When the sandbox runs out of memory, a command has to go and not the supervisor.
            handle.write('1000')
        # Beside the processes of a fork bomb the keeper would hardly get to run; other containers do not notice.
        os.nice(COMMAND_NICENESS)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
        os.umask(0o022)
        self.become_agent()
        for name, value in (
            (resource.RLIMIT_DATA, self.limits['memoryBytes']),
            (resource.RLIMIT_FSIZE, self.limits['fileBytes']),
            (resource.RLIMIT_NOFILE, OPEN_FILES),
            (resource.RLIMIT_CORE, 0),
        ):
            hard = resource.getrlimit(name)[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(name, (value, value))
        execute(command['argv'], command['cwd'], {**self.environment, **command['env']})

    def become_agent(self):
        """In a child: the agent's permissions, no capability, and no way to any."""
        self.kernel.empty_bounding_set()
        os.setgroups(self.agent.groups)
        os.setresgid(self.agent.gid, self.agent.gid, self.agent.gid)
        os.setresuid(self.agent.uid, self.agent.uid, self.agent.uid)
        self.kernel.set_capabilities(0)

    @staticmethod
    def kill(launched):
        send([launched.pid], signal.SIGTERM)

    @staticmethod
    def has_survivors(launched):
        """The keeper ends only when nothing is left."""
        read_status(launched)
        return False

    @staticmethod
    def exit_status(launched):
        return int(launched.status_text.split()[0])

    def launch_problem(self, launched):
        if launched.status_text.startswith(b'!'):
            return launched.status_text[1:].decode(errors='replace')
        return None if launched.status_text else 'the keeper of the command was killed'

    def known_children(self):
        raise NotImplementedError('set by the supervisor')

    # -- files

    def start_file_job(self, operation, header, body):
        spare = self.take_spare('file')
        spare.give({'operation': operation, 'header': header}, body)
        return FileJob(spare.pid, spare.target, spare.report)

    @staticmethod
    def kill_file_job(job):
        send([job.pid], signal.SIGKILL)

    @staticmethod
    def unnamed_file():
        """On the container's own disk, because what lies in memory counts against the limit of the sandbox."""
        flags = os.O_RDWR | os.O_CLOEXEC
        try:
            return open(os.open('/', flags | os.O_TMPFILE, 0o600), 'r+b', buffering=0)
        except OSError:
            name = f'/.selfplay-{os.urandom(8).hex()}'
            handle = open(os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o600), 'r+b', buffering=0)
            os.unlink(name)
            return handle

    @staticmethod
    def hide(entries):
        """As the supervisor, whoever owns it; the image's layers keep it, the container does not show it."""
        # Here rather than above: almost no sandbox hides anything, and each waits for what is loaded.
        import shutil

        for entry in entries:
            path = entry['path']
            if os.path.realpath(os.path.dirname(path)) != os.path.dirname(path):
                raise OSError(errno.ELOOP, f'{path} leads through a link')
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            elif os.path.lexists(path):
                os.unlink(path)

    @staticmethod
    def hides(_path):
        return False

    def snapshot(self, target):
        container_snapshot.write(target, self.boot_moment)

    # -- life

    def facts(self):
        if self.problem is not None:
            return {'problem': {'kind': self.problem.kind, 'message': str(self.problem)}}
        return {'treeRoot': self.tree_root, 'agentUid': self.agent.uid}

    @staticmethod
    def out_of_memory_events():
        for path in ('/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'):
            try:
                with open(path) as handle:
                    found = re.search(r'^oom_kill (\d+)', handle.read(), re.MULTILINE)
            except OSError:
                continue
            if found:
                return int(found[1])
        return 0

    @staticmethod
    def is_in_place():
        return True

    def remove(self):
        """The kernel ends everything with process 1, and the engine removes what is left."""


def read_status(launched):
    try:
        while chunk := os.read(launched.status, 4096):
            launched.status_text += chunk
    except BlockingIOError:
        pass


def read_from_start(descriptor):
    size = os.fstat(descriptor).st_size
    chunks, offset = [], 0
    while offset < size:
        chunks.append(os.pread(descriptor, 1 << 24, offset))
        offset += len(chunks[-1])
    return b''.join(chunks)


def execute(argv, directory, variables):
    """Becomes a program; where it cannot, ends with the exit codes and sentences that a shell user knows."""
    try:
        os.chdir(directory)
    except OSError as problem:
        fail(125, f"cannot change directory to '{directory}': {problem.strerror}")
    search = [''] if '/' in argv[0] else variables.get('PATH', '').split(':')
    found, last = None, None
    for folder in search:
        path = os.path.join(folder or '.', argv[0]) if '/' not in argv[0] else argv[0]
        try:
            os.execve(path, argv, variables)
        except OSError as problem:
            if not isinstance(problem, (FileNotFoundError, NotADirectoryError)):
                found = found or problem
            last = problem
            if isinstance(problem, OSError) and problem.errno == 8:  # ENOEXEC: a script without a first line.
                run_script(path, argv, variables)
    problem = found or last
    fail(126 if found else 127, f"'{argv[0]}': {problem.strerror if problem else 'no PATH to look in'}")


def run_script(path, argv, variables):
    """As execvp does it: a text without an interpreter is a shell script."""
    try:
        os.execve('/bin/sh', ['/bin/sh', path, *argv[1:]], variables)
    except OSError:
        return


def fail(code, sentence):
    os.write(2, f'{sentence}\n'.encode(errors='surrogateescape'))
    os._exit(code)


# ----------------------------------------------------------------------------------------------- entry points


class ContainerSupervisor(Supervisor):
    """Serves also where it could not be prepared, because somebody has to say why."""

    def handle(self, connection, header, body):
        if self.launcher.problem is not None and header['op'] != 'hello':
            self.fail(connection, header['request'], str(self.launcher.problem))
            return
        super().handle(connection, header, body)


def serve():
    config = json.loads(os.environ.pop('SELFPLAY_CONFIG'))
    os.umask(0o022)
    os.chdir('/')
    container = Container(config)
    os.chown(RUN, SUPERVISOR_ID, SUPERVISOR_ID)
    os.chmod(RUN, 0o700)
    container.kernel.become_supervisor()
    door = FifoDoor()
    try:
        container.prepare(config)
        container.tick()
    except BootProblem as problem:
        container.problem = problem
    except OSError as problem:
        container.problem = BootProblem('unavailable', str(problem))
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    ContainerSupervisor(config, container, door).serve()
