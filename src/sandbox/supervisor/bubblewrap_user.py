"""Who the agent of a bubblewrap sandbox is, inside and for the host."""

import os

AGENT_ID = 1000
# The unprivileged user of all sandboxes where the supervisor is root: above every range that distributions, systemd
# and container engines hand out, so nothing of the host belongs to it.
SANDBOX_HOST_ID = 2_000_000_000


def give_to_sandbox(path):
    if os.geteuid() == 0:
        os.chown(path, SANDBOX_HOST_ID, SANDBOX_HOST_ID, follow_symlinks=False)


def drop_to_sandbox_user():
    os.setgroups([])
    os.setresgid(SANDBOX_HOST_ID, SANDBOX_HOST_ID, SANDBOX_HOST_ID)
    os.setresuid(SANDBOX_HOST_ID, SANDBOX_HOST_ID, SANDBOX_HOST_ID)
