"""The supervisor of one sandbox: one process that runs commands in it, moves files, and ends it.

It is not a child of the worker that asked for the sandbox: it outlives its clients for the length of the lease, and then
ends and removes everything. Python 3.9 or newer, standard library only, because it also has to run where nothing can be
installed.

`server` is the supervisor, the same for every adapter; `launcher` is what it needs to know of one. `bubblewrap_boot` and
`container_supervisor` are the two places where a process begins, and `container_bridge` is how a client comes into a
container. Nothing is imported here: each start loads only what it needs.
"""
