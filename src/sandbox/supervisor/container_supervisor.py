"""The main process of a container: it starts as root, becomes its own user, and serves clients through FIFOs.

Clients come in below /.selfplay/run. That and /.selfplay are mounts directly below the root directory, which nobody can
rename.
"""

import json
import os
import signal

from .boot_problem import BootProblem
from .container_bridge import RUN
from .container_door import FifoDoor
from .container_launcher import SUPERVISOR_ID, ContainerLauncher
from .server import Supervisor

# Not in memory, and no part of a snapshot.
BOOTED = '/.selfplay-booted'


class ContainerSupervisor(Supervisor):
    """Serves also where it could not be prepared, because somebody has to say why."""

    def operate(self, request):
        if self.launcher.problem is not None and request.operation != 'hello':
            self.fail(request, str(self.launcher.problem))
            return
        super().operate(request)


def serve():
    config = json.loads(os.environ.pop('SELFPLAY_CONFIG'))
    os.umask(0o022)
    os.chdir('/')
    restarted = was_booted()
    launcher = ContainerLauncher(config)
    os.chown(RUN, SUPERVISOR_ID, SUPERVISOR_ID)
    os.chmod(RUN, 0o700)
    launcher.become_supervisor()
    door = FifoDoor()
    try:
        if restarted:
            raise BootProblem('gone', 'somebody has started the container again: what ran in it, and how far, is lost')
        launcher.prepare(config)
        launcher.tick()
    except BootProblem as problem:
        launcher.problem = problem
    except OSError as problem:
        launcher.problem = BootProblem('unavailable', str(problem))
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    ContainerSupervisor(config, launcher, door).serve()


def was_booted():
    """Whether this container has been started before; who takes the mark away harms only itself."""
    try:
        os.close(os.open(BOOTED, os.O_CREAT | os.O_EXCL, 0o400))
        return False
    except FileExistsError:
        return True
