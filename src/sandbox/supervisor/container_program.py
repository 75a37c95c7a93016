"""How a process of a container becomes a program, without one of the image's programs to help it."""

import errno
import os


def execute(argv, directory, variables):
    """Becomes a program; where it cannot, ends with the exit codes and sentences that a shell user knows."""
    try:
        os.chdir(directory)
    except OSError as problem:
        fail(125, f"cannot change directory to '{directory}': {problem.strerror}")
    # The problem of a program that is there says more than that of one that is not.
    missing, unusable = None, None
    for path in candidates(argv[0], variables.get('PATH', '')):
        try:
            os.execve(path, argv, variables)
        except (FileNotFoundError, NotADirectoryError) as problem:
            missing = problem
        except OSError as problem:
            unusable = unusable or problem
            if problem.errno == errno.ENOEXEC:
                run_script(path, argv, variables)
    problem = unusable or missing
    fail(126 if unusable else 127, f"'{argv[0]}': {problem.strerror if problem else 'no PATH to look in'}")


def candidates(name, search):
    if '/' in name:
        return [name]
    return [os.path.join(folder or '.', name) for folder in search.split(':')]


def run_script(path, argv, variables):
    """As execvp does it: a text without an interpreter is a shell script."""
    try:
        os.execve('/bin/sh', ['/bin/sh', path, *argv[1:]], variables)
    except OSError:
        return  # Without a shell it stays what it was: no program of a known format.


def fail(code, sentence):
    os.write(2, f'{sentence}\n'.encode(errors='surrogateescape'))
    os._exit(code)
