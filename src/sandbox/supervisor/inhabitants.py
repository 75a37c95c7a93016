"""What lives on in a sandbox whose supervisor is dead."""

import os
import signal
import time

from .children import kill

# Each round finds what the one before has missed: bwrap may be in the middle of setting up, which takes milliseconds.
ROUNDS = 100
PAUSE_SECONDS = 0.01


def kill_inhabitants(directory):
    """Commands end with their supervisor, but for those that were about to begin: bwrap binds the life of what it starts
    to its own only at the end of its set-up, and what is left alone before goes on for ever.
    """
    try:
        home = os.stat(os.path.join(directory, 'data/home'))
    except OSError:
        return
    for _ in range(ROUNDS):
        found = [pid for pid in process_numbers() if lives_in(pid, home)]
        if not found:
            return
        for pid in found:
            kill(pid, signal.SIGKILL)
        time.sleep(PAUSE_SECONDS)


def lives_in(pid, home):
    """By the agent's home, which every process of the sandbox sees, and nobody else under that name."""
    try:
        seen = os.stat(f'/proc/{pid}/root/home/agent')
        # One that is dead already and that nobody has waited for has no root.
        return os.path.samestat(seen, home)
    except OSError:
        return False


def process_numbers():
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]
