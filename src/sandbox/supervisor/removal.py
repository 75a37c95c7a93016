"""Taking away directories that an agent may have made hard to take away."""

import os

from .children import fork_child
from .inhabitants import kill_inhabitants

# The overlay leaves these without permissions, which would cost whoever is not root a second round.
CLOSED_BY_OVERLAY = ('work/work', 'work/work/incompat', 'work/work/incompat/volatile')


def remove(*paths):
    """Also directories without permissions, and very deep ones."""
    for command in (['rm', '-rf'], ['chmod', '-R', 'u+rwx'], ['rm', '-rf']):
        remaining = [path for path in paths if os.path.lexists(path)]
        if not remaining:
            return

        def silently(command=command, remaining=remaining):
            os.dup2(os.open('/dev/null', os.O_RDWR), 2)
            os.execvp(command[0], [*command, '--', *remaining])

        os.waitpid(fork_child(silently), 0)


def remove_sandbox(directory):
    """The description goes last, so that a removal that breaks off is still found by `list`."""
    kill_inhabitants(directory)
    for name in CLOSED_BY_OVERLAY:
        try:
            os.chmod(os.path.join(directory, name), 0o700)
        except FileNotFoundError:
            break
        except PermissionError:
            break  # Of another user: `remove` says by what is left whether that mattered.
    remove(*(os.path.join(directory, name) for name in ('supervisor.sock', 'data', 'work', 'results', 'root')))
    remove(directory)
