"""Starts one sandbox as a user without rights, the way the sandbox adapter does.

Exit code 0 when it works; otherwise 1, with the reason on the first line and the remedy on the second.
"""

import os
import subprocess
import sys

# A uid that no account has, far above those of people and services.
UNPRIVILEGED = 2000000001
COMMAND = ['bwrap', '--unshare-all', '--unshare-user', '--die-with-parent', '--ro-bind', '/usr', '/usr']
COMMAND += ['--symlink', 'usr/bin', '/bin', '--symlink', 'usr/lib', '/lib', '--symlink', 'usr/lib64', '/lib64']
COMMAND += ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '/usr/bin/env', 'true']


def drop_rights():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)
        os.setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)


def setting(path):
    try:
        with open(f'/proc/sys/{path}') as file:
            return file.read().strip()
    except OSError:
        return None


def explain(message):
    if setting('kernel/unprivileged_userns_clone') == '0':
        return 'the kernel forbids user namespaces', 'sudo sysctl kernel.unprivileged_userns_clone=1'
    if setting('user/max_user_namespaces') == '0':
        return 'the kernel allows no user namespaces', 'sudo sysctl user.max_user_namespaces=10000'
    if setting('kernel/apparmor_restrict_unprivileged_userns') == '1':
        return (
            'AppArmor forbids user namespaces to programs without a profile',
            'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0',
        )
    if os.path.exists('/.dockerenv') or os.path.exists('/run/.containerenv'):
        return (
            f'this is a container, and its engine may be what forbids it ({message})',
            'start the container with --security-opt seccomp=unconfined --security-opt systempaths=unconfined',
        )
    return message, 'run scripts/setup --only bubblewrap on a machine whose kernel allows user namespaces'


def main():
    try:
        probe = subprocess.run(COMMAND, preexec_fn=drop_rights, cwd='/', capture_output=True, text=True, timeout=8)
    except (OSError, subprocess.SubprocessError) as error:
        reason, remedy = explain(str(error))
    else:
        if probe.returncode == 0:
            return 0
        lines = probe.stderr.strip().splitlines()
        reason, remedy = explain(lines[-1] if lines else f'bwrap ended with {probe.returncode}')
    print(reason)
    print(remedy)
    return 1


if __name__ == '__main__':
    sys.exit(main())
