"""Commands in a container, by its main process, which needs no further sandbox for them.

The supervisor becomes SUPERVISOR_ID with a handful of capabilities; every command and file access becomes the agent,
without any. So an agent that is root itself can neither signal nor look into the supervisor, and as process 1 it is the
only one that the kernel never lets a neighbour kill.
"""

import errno
import os
import re
import signal
import time

from .boot_problem import BootProblem
from .children import Launched, kill, prepare_command
from .container_program import execute
from .container_spare import CommandSpare, FileSpare
from .container_tree import find_agent, find_tree, git_ownership_differs, missing_programs
from .file_access import FileJob
from .files_clock import SetBack
from .kernel import PR_SET_DUMPABLE, PR_SET_KEEPCAPS, Kernel
from .launcher import Launcher
from .log import log
from .tree_changes import changed_since

HOME = '/.selfplay'
# Put there before the start; not into /.selfplay/run, which lies in memory.
SNAPSHOT = '/.selfplay-snapshot'
# Of no distribution and no range that engines map; the agent never has it.
SUPERVISOR_ID = 64999
CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP = 0, 1, 3, 5, 6, 7, 8
CAP_SYS_ADMIN = 21
OWN_CAPABILITIES = sum(
    1 << number for number in (CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_SETPCAP)
)

# Five hundred busy processes of this niceness weigh seven times as much as the keeper that is to end them; as equals
# they would weigh five hundred times as much.
COMMAND_NICENESS = 19
# While no process can be forked, this often it is tried again.
SPARE_RETRY_SECONDS = 0.05
# Where control groups of either version count the processes that were ended for lack of memory.
MEMORY_EVENTS = ('/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control')
# What a file system answers that has no unnamed files.
NO_UNNAMED_FILES = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT)


class ContainerLauncher(Launcher):
    def __init__(self, config):
        self.kernel = Kernel()
        self.limits = config['limits']
        # Why the sandbox could not be prepared; there is a supervisor also then, because somebody has to say it.
        self.problem = None
        self.spares = {'command': None, 'file': None}
        self.said = None
        self.environment = {}
        self.tree_root = None
        self.agent = None
        # Whether each command is to have a place of its own, and then whether it has.
        self.apart = config['apart']
        self.boot_moment_ns = self.moment_ns()
        self.set_back = SetBack()

    def moment_ns(self):
        """The present by the clock that stamps files of the root file system."""
        with self.unnamed_file() as handle:
            return os.fstat(handle.fileno()).st_ctime_ns

    def become_supervisor(self):
        self.kernel.prctl(PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(SUPERVISOR_ID, SUPERVISOR_ID, SUPERVISOR_ID)
        os.setresuid(SUPERVISOR_ID, SUPERVISOR_ID, SUPERVISOR_ID)
        self.kernel.set_capabilities(OWN_CAPABILITIES | (1 << CAP_SYS_ADMIN if self.apart else 0))
        # A change of user gives the files of /proc/1 to root, and an agent that is root could make this process the
        # first one to go when memory runs out. Nobody else has this user, so nobody gains anything.
        self.kernel.prctl(PR_SET_DUMPABLE, 1)

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
        if self.apart:
            # Loaded here: almost no sandbox needs it.
            from . import container_apart

            self.apart = container_apart.is_possible(self.kernel, self.agent, self.tree_root)
        if config['hasSnapshot']:
            restore_snapshot()

    # -- spares

    def tick(self):
        self.set_back.look()
        for kind, spare in self.spares.items():
            if spare is not None and not spare.is_alive():
                # Ended before its order: memory ran out.
                self.spares[kind] = None
                spare.discard()
            if self.spares[kind] is None:
                try:
                    self.spares[kind] = self.make_spare(kind)
                except OSError as problem:
                    self.say_once(f'no child for the next {kind}: {problem}')
                    return time.monotonic() + SPARE_RETRY_SECONDS
        self.said = None
        return None

    def say_once(self, sentence):
        """Not again every time that the same is tried again."""
        if sentence != self.said:
            log(sentence)
        self.said = sentence

    def make_spare(self, kind):
        return CommandSpare(self) if kind == 'command' else FileSpare(self)

    def cores(self):
        """The engine gives a container no more, whatever the host has."""
        return min(self.limits['cores'], super().cores())

    def take_spare(self, kind):
        spare, self.spares[kind] = self.spares[kind], None
        return spare or self.make_spare(kind)

    # -- commands

    def start(self, command, stdin):
        spare = self.take_spare('command')
        spare.give({'command': command, 'hasStdin': stdin is not None}, stdin)
        outputs = [spare.stdout[0], spare.stderr[0]]
        if not command['separateStderr']:
            os.close(outputs.pop())
        return Launched(spare.pid, spare.status[0], outputs)

    def become_command(self, order, spare):
        command = order['command']
        source = f'/proc/self/fd/{spare.payload}' if order['hasStdin'] else '/dev/null'
        os.dup2(os.open(source, os.O_RDONLY), 0)
        os.dup2(spare.stdout[1], 1)
        os.dup2(spare.stderr[1] if command['separateStderr'] else spare.stdout[1], 2)
        os.setsid()
        # Beside the processes of a fork bomb the keeper would hardly get to run; other containers do not notice.
        os.nice(COMMAND_NICENESS)
        prepare_command(self.limits)
        if self.apart:
            from . import container_apart

            container_apart.enter(self.kernel, self.agent, self.tree_root)
        self.become_agent()
        execute(command['argv'], command['cwd'], {**self.environment, **command['env']})

    def become_agent(self):
        self.kernel.empty_bounding_set()
        os.setgroups(self.agent.groups)
        os.setresgid(self.agent.gid, self.agent.gid, self.agent.gid)
        os.setresuid(self.agent.uid, self.agent.uid, self.agent.uid)
        self.kernel.set_capabilities(0)

    def kill(self, launched):
        """The keeper ends everything below it, and then itself."""
        kill(launched.pid, signal.SIGTERM)

    def has_survivors(self, launched, known_children):
        """The keeper ends only when nothing is left."""
        launched.read_status()
        return False

    def exit_status(self, launched):
        return int(launched.status_text.split()[0])

    def launch_problem(self, launched):
        if launched.status_text.startswith(b'!'):
            return launched.status_text[1:].decode(errors='replace')
        return None if launched.status_text else 'the keeper of the command was killed'

    def out_of_memory_events(self):
        for path in MEMORY_EVENTS:
            try:
                with open(path) as handle:
                    found = re.search(r'^oom_kill (\d+)', handle.read(), re.MULTILINE)
            except FileNotFoundError:
                continue
            if found:
                return int(found[1])
        return 0

    # -- files

    def start_file_job(self, operation, header, body):
        spare = self.take_spare('file')
        spare.give({'operation': operation, 'header': header}, body)
        return FileJob(spare.pid, spare.target, spare.report)

    def unnamed_file(self):
        """On the container's own disk, because what lies in memory counts against the limit of the sandbox."""
        flags = os.O_RDWR | os.O_CLOEXEC
        try:
            return open(os.open('/', flags | os.O_TMPFILE, 0o600), 'r+b', buffering=0)
        except OSError as problem:
            if problem.errno not in NO_UNNAMED_FILES:
                raise
        name = f'/.selfplay-{os.urandom(8).hex()}'
        handle = open(os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o600), 'r+b', buffering=0)
        os.unlink(name)
        return handle

    def hide(self, entries):
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

    def snapshot(self, target):
        # As above: the archive's modules take longer to load than everything else.
        from . import container_snapshot

        # By a clock that was set back since, what the agent changed may be older than that.
        container_snapshot.write(target, self.boot_moment_ns - self.set_back.look())

    def tree_changed(self, since_ns):
        return changed_since(self.tree_root, since_ns)

    # -- life

    def facts(self):
        if self.problem is not None:
            return {'problem': {'kind': self.problem.kind, 'message': str(self.problem)}}
        return {'treeRoot': self.tree_root, 'agentUid': self.agent.uid, 'apart': self.apart}

    def remove(self):
        """The kernel ends everything with process 1, and the engine removes what is left."""


def restore_snapshot():
    from . import container_snapshot
    from . import snapshot_archive as archives

    try:
        with open(SNAPSHOT, 'rb') as source:
            os.unlink(SNAPSHOT)
            archives.restoring(container_snapshot.restore, source)
    except archives.UnusableSnapshot as problem:
        raise BootProblem('snapshot', f'the snapshot cannot be restored: {problem}') from problem
    except OSError as problem:
        raise BootProblem('unavailable', f'the snapshot cannot be restored: {problem}') from problem
