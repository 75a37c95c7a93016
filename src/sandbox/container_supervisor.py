"""The main process of a container: the supervisor of `supervisor.py` with a launcher that needs no further sandbox.

It starts as root and becomes SUPERVISOR_ID with a handful of capabilities; every command and file access becomes the
agent, without any. So an agent that is root itself can neither signal nor look into the supervisor, and as process 1
it is the only one that the kernel never lets a neighbour kill.

Clients come in through FIFOs below /.selfplay/run rather than a socket: /proc/net/unix shows every socket to every
process of the container. Both directories are mounts directly below the root directory, which nobody can rename.
"""

import fcntl
import json
import os
import re
import resource
import signal
import stat
import struct
import sys
import time

import container_snapshot
from container_tree import find_agent, find_tree, git_ownership_differs, missing_programs
from supervisor import (
    CHUNK_BYTES, LINUX_CAPABILITY_VERSION_3, OPEN_FILES, PR_SET_CHILD_SUBREAPER, SETTLE_SECONDS, BootProblem,
    Connection, FileJob, Kernel, Launched, Supervisor, fork_child, report_file_job, write_all,
)  # fmt: skip

HOME = '/.selfplay'
RUN = f'{HOME}/run'
DOOR = f'{RUN}/door'
# Put there before the start; not into /.selfplay/run, which lies in memory.
SNAPSHOT = '/.selfplay-snapshot'
# Of no distribution and no range that engines map; the agent never has it.
SUPERVISOR_ID = 64999

PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 8, 24
CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP = 0, 1, 3, 5, 6, 7, 8
OWN_CAPABILITIES = sum(
    1 << number
    for number in (CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP)
)
LAST_CAPABILITY = 63

# Children that are forked before they are needed: a fork bomb may leave room for none when they are.
SPARES = 3
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
    """A keeper and a worker that wait for an order.

    The worker becomes the command or does the file access. The keeper is the parent of whatever loses its own parent
    below it, so it finds everything that the command started, in whatever session, and ends when nothing is left.
    """

    def __init__(self, unnamed_file):
        self.order = os.memfd_create('order', os.MFD_CLOEXEC)
        self.payload = os.memfd_create('stdin', os.MFD_CLOEXEC)
        self.report = open(os.memfd_create('report', os.MFD_CLOEXEC), 'r+b', buffering=0)
        self.target = unnamed_file()
        self.go, self.status, self.stdout, self.stderr = os.pipe(), os.pipe(), os.pipe(), os.pipe()
        self.pid = None

    def give(self, order, body):
        write_all(self.order, json.dumps(order).encode())
        if body:
            write_all(self.payload, body)
        os.write(self.go[1], b'.')
        os.close(self.go[1])

        os.close(self.order)
        os.close(self.payload)

    def children_ends(self):
        return [self.go[0], self.status[1], self.stdout[1], self.stderr[1]]

    def discard(self):
        """Of a spare that is no more, or never was."""
        for descriptor in (self.order, self.payload, self.go[1], self.status[0], self.stdout[0], self.stderr[0]):
            os.close(descriptor)
        self.target.close()
        self.report.close()


def close_all_but(kept):
    for name in os.listdir('/proc/self/fd'):
        if int(name) not in kept:
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


def keep(spare, worker):
    """The keeper's life: until nothing below it is left. SIGTERM means that the time is over."""
    close_all_but({2, spare.status[1]})
    status, ends_at = None, None
    while True:
        wait = 60 if ends_at is None else 0.002
        received = signal.sigtimedwait(KEEPER_SIGNALS, wait)
        if received is not None and received.si_signo == signal.SIGTERM and ends_at is None:
            ends_at = time.monotonic() + SETTLE_SECONDS
        try:
            while True:
                pid, code = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid == worker:
                    status = code
                    os.write(spare.status[1], b'%d\n' % code)
                    ends_at = ends_at or time.monotonic() + SETTLE_SECONDS
        except ChildProcessError:
            return
        if ends_at is not None:
            kill_below(os.getpid())
            if time.monotonic() > ends_at:
                return  # Stuck in the kernel: the result does not wait for that.


# ----------------------------------------------------------------------------------------------- launcher


class Container:
    """Launches commands in the container that it is the main process of."""

    def __init__(self, config):
        self.kernel = ContainerKernel()
        self.limits = config['limits']
        self.problem = None
        self.spares = []
        self.leftovers = set()
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
        for spare in [spare for spare in self.spares if not os.path.exists(f'/proc/{spare.pid}')]:
            # Ended before its order: memory ran out.
            self.spares.remove(spare)
            spare.discard()
        while len(self.spares) < SPARES:
            try:
                self.spares.append(self.make_spare())
            except OSError:
                return time.monotonic() + SPARE_RETRY_SECONDS
        return None

    def make_spare(self):
        spare = Spare(self.unnamed_file)

        def keeper():
            signal.pthread_sigmask(signal.SIG_BLOCK, KEEPER_SIGNALS)
            self.kernel.prctl(PR_SET_CHILD_SUBREAPER, 1)
            worker = fork_child(lambda: self.work(spare))
            keep(spare, worker)

        try:
            spare.pid = fork_child(keeper)
        except OSError:
            spare.discard()
            raise
        finally:
            for descriptor in spare.children_ends():
                os.close(descriptor)
        os.set_blocking(spare.status[0], False)
        return spare

    def take_spare(self):
        return self.spares.pop(0) if self.spares else self.make_spare()

    # -- commands

    def start(self, command, body):
        spare = self.take_spare()
        spare.give({'operation': 'run', 'command': command, 'hasStdin': body is not None}, body)
        spare.target.close()
        spare.report.close()
        launched = Launched(spare.pid, spare.status[0])
        launched.outputs = [spare.stdout[0], spare.stderr[0]]
        if not command['separateStderr']:
            os.close(launched.outputs.pop())
        return launched

    def work(self, spare):
        """The worker's life: it waits for its order and carries it out."""
        files = {spare.order, spare.payload, spare.report.fileno(), spare.target.fileno()}
        close_all_but({2, *files, *spare.children_ends()})
        if os.read(spare.go[0], 1) != b'.':
            return
        order = json.loads(read_from_start(spare.order))
        if order['operation'] == 'run':
            try:
                self.become_command(order, spare)
            except BaseException as problem:
                # Nothing of the agent ran: what it did not do is not its result.
                os.write(spare.status[1], f'!{problem}'.encode())
                raise
        else:
            os.dup2(os.open('/dev/null', os.O_RDWR), 2)
            body = read_from_start(spare.payload)
            report_file_job(self, order['operation'], order['header'], body, spare.target, spare.report)

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
        spare = self.take_spare()
        spare.give({'operation': operation, 'header': header}, body)
        for descriptor in (spare.status[0], spare.stdout[0], spare.stderr[0]):
            os.close(descriptor)
        return FileJob(spare.pid, spare.target, spare.report)

    @staticmethod
    def kill_file_job(job):
        send([job.pid], signal.SIGTERM)

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


def bridge():
    """Connects its own standard streams with the supervisor, and ends when either side does."""
    import _thread

    number = str(os.getpid())
    incoming, outgoing = f'{RUN}/{number}.in', f'{RUN}/{number}.out'
    await_door()
    for path in (incoming, outgoing):
        os.mkfifo(path, 0o600)
    reading = os.open(outgoing, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)
    with open(DOOR, 'wb', buffering=0) as door:
        door.write(f'{number}\n'.encode())
    writing = os.open(incoming, os.O_WRONLY)
    for pipe in (writing, reading):
        enlarge(pipe)
    _thread.start_new_thread(copy, (0, writing))
    copy(reading, 1)


def await_door():
    """The supervisor needs some tens of milliseconds to start; a container that has none ends by itself."""
    while not (os.path.exists(DOOR) and stat.S_ISFIFO(os.stat(DOOR).st_mode)):
        time.sleep(0.002)


def copy(source, target):
    try:
        while chunk := os.read(source, CHUNK_BYTES):
            write_all(target, chunk)
    except OSError:
        pass  # The other side is gone.
    os._exit(0)


if __name__ == '__main__':
    serve() if sys.argv[1:] == ['serve'] else bridge()
