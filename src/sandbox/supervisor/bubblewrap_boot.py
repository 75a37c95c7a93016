"""How a bubblewrap sandbox comes to be, from its description to a supervisor that serves a Unix socket outside of it."""

import fcntl
import json
import os
import resource
import signal
import socket
import sys

from .boot_problem import BootProblem
from .bubblewrap_launcher import BubblewrapLauncher
from .bubblewrap_root import RootBuilder
from .bubblewrap_user import give_to_sandbox
from .children import fork_child
from .connection import Connection
from .descriptors import close_each, read_all, unnamed_memory, write_all
from .kernel import Kernel
from .maker import process_identity
from .removal import remove_sandbox
from .server import Supervisor
from .shared_trees import shared_tree

# What a start says on its streams; short enough to be written in one piece beside the answers of others.
SAID_CHARACTERS = 1000


class SocketDoor:
    """Where clients come in: a Unix socket."""

    def __init__(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        # Relative to the working directory: a socket's path may have 108 bytes at most.
        self.listener.bind('supervisor.sock')
        os.chmod('supervisor.sock', 0o600)
        self.listener.listen(64)
        self.listener.setblocking(False)

    def fileno(self):
        return self.listener.fileno()

    def accept(self):
        """Yields the connections that are waiting."""
        try:
            sock, _ = self.listener.accept()
        except (BlockingIOError, ConnectionError):
            return  # It went away before we came to it.
        sock.setblocking(False)
        reading = sock.detach()
        yield Connection(reading, fcntl.fcntl(reading, fcntl.F_DUPFD_CLOEXEC, 0))

    def close(self):
        self.listener.close()


def boot(directory, config):
    """Makes everything that has to be there before the first command; raises `BootProblem`.

    Returns the launcher, and a lock on the shared tree that is to be held as long as the sandbox lives.
    """
    os.umask(0o022)
    os.chdir(directory)
    for name in ('root', 'results', 'work', 'data', 'data/upper', 'data/home', 'data/tmp'):
        os.mkdir(name)
    os.chmod('data/tmp', 0o1777)
    for name in ('data', 'data/upper', 'data/home', 'data/tmp'):
        give_to_sandbox(name)
    source, tree, lock, shown = config['source'], None, None, {}
    if source['kind'] == 'directory':
        tree, lock = shared_tree('../.trees', os.path.realpath(source['directory']))
        os.chmod('data/upper', os.stat(tree).st_mode & 0o777)
        environment, compiled = source.get('environment'), config['compiled']
        if environment is not None and not os.path.isdir(environment):
            raise BootProblem('source', f'the environment {environment} does not exist or is not a directory')
        if compiled is not None and not os.path.isdir(compiled):
            # Made by a worker of this host, and so nothing that whoever wrote the source can mend.
            raise BootProblem('unavailable', f'what was compiled for the source, {compiled}, was taken away')
        shown = {'opt/environment': environment, 'opt/compiled': compiled}
        shown = {place: what for place, what in shown.items() if what is not None}
    snapshot = 'snapshot' if os.path.exists('snapshot') else None
    kernel = Kernel()
    namespaces = RootBuilder(kernel, os.geteuid() == 0).build(tree, shown, snapshot)
    if snapshot is not None:
        os.unlink(snapshot)
    return BubblewrapLauncher(directory, config, kernel, namespaces), lock


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
        supervisor = Supervisor(config, launcher, SocketDoor())
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
    # Nobody waits for the children: each answers for itself.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in iter(sys.stdin.buffer.readline, b''):
        directory = json.loads(line)
        fork_child(lambda directory=directory: answer_start(directory))


def answer_start(directory):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    reading, writing = os.pipe()
    errors = unnamed_memory('errors')
    null = os.open('/dev/null', os.O_RDWR)

    def child():
        for descriptor, target in ((null, 0), (writing, 1), (errors, 2)):
            os.dup2(descriptor, target)
        close_each((reading, writing, errors, null))
        start(directory)

    fork_child(child)
    os.close(writing)
    said = read_all(reading).decode(errors='replace')
    complaint = os.pread(errors, 1 << 20, 0).decode(errors='replace')
    answer = {'directory': directory, 'stdout': said[-SAID_CHARACTERS:], 'stderr': complaint[-SAID_CHARACTERS:]}
    write_all(1, json.dumps(answer, ensure_ascii=False).encode() + b'\n')


def main(arguments):
    if arguments == ['serve-starts']:
        serve_starts()
    elif len(arguments) == 2 and arguments[0] == 'remove':
        remove_sandbox(arguments[1])
    else:
        sys.exit('usage: serve-starts | remove DIRECTORY')
