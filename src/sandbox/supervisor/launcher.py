"""What the supervisor needs to know of an adapter."""

import os
from abc import ABC, abstractmethod


class Launcher(ABC):
    """How commands are started and ended in one kind of sandbox, and how a child reaches its files.

    What starts a process raises `BlockingIOError` while none can be started, and then has left nothing open.
    """

    # -- commands

    @abstractmethod
    def start(self, command, stdin):
        """Starts a command (`requests.COMMAND`) on the given bytes, or on nothing for None; returns a `Launched`."""

    @abstractmethod
    def kill(self, launched):
        """Ends a command and everything that it started; may be called again."""

    @abstractmethod
    def has_survivors(self, launched, known_children):
        """After the end of `launched.pid`: whether something that the command started is still being taken down.

        `known_children()` are the children of the supervisor that belong to a command or a file job.
        """

    def cores(self):
        """How many processors a command can use at once."""
        return len(os.sched_getaffinity(0))

    def processes_of(self, launched):
        """The children of the supervisor that a command consists of."""
        return {launched.pid}

    @abstractmethod
    def exit_status(self, launched):
        """The wait status of what was asked for."""

    @abstractmethod
    def launch_problem(self, launched):
        """Why the command never started, or None."""

    @abstractmethod
    def out_of_memory_events(self):
        """How often memory has run out in this sandbox."""

    # -- files

    @abstractmethod
    def start_file_job(self, operation, header, body):
        """Starts a child that runs `file_access.report_file_job`; returns a `FileJob`."""

    @abstractmethod
    def become_agent(self):
        """In a child: nothing but the agent's permissions, and nothing of the host in sight."""

    @abstractmethod
    def unnamed_file(self):
        """A file on the sandbox's disk that ends with its descriptor; what is in memory counts against a limit."""

    @abstractmethod
    def hide(self, entries):
        """From now on the agent finds nothing at these paths."""

    def hides(self, path):
        """In a child that has become the agent: whether a path leads to what is hidden, by whatever links."""
        return False

    @abstractmethod
    def snapshot(self, target):
        """In a child: packs what the sandbox has changed into an open file."""

    @abstractmethod
    def tree_changed(self, since_ns):
        """In a child: whether anything in the tree is younger than a moment of the files' clock."""

    # -- life

    def facts(self):
        """What a client is told when it says hello."""
        return {}

    def tick(self):
        """Asked at every round of the loop; returns the moment at which it wants to be asked again, or None."""
        return

    def is_in_place(self):
        """Whether there is still a sandbox to serve."""
        return True

    @abstractmethod
    def remove(self):
        """Takes away everything of the sandbox, after its last command."""
