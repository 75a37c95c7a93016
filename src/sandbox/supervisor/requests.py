"""What a client may ask: every field is looked at here, so that nothing further in meets one of another kind."""

# The fields of each operation besides `op` and `request`, with their types.
OPERATIONS = {
    'hello': {},
    'run': {'command': dict, 'hasStdin': bool},
    'cancel': {'commandId': str},
    'read': {'path': str, 'maxBytes': int},
    'write': {'path': str, 'executable': bool, 'id': (str, type(None))},
    'find_writing': {'id': str},
    'hide': {'entries': list},
    'snapshot': {},
    'mark_tree': {},
    'tree_changed': {},
    'shutdown': {},
}
COMMAND = {
    'id': str,
    'argv': list,
    'cwd': str,
    'env': dict,
    'timeoutMs': (int, float),
    'loadPatienceMs': (int, float),
    'outputCapBytes': int,
    'separateStderr': bool,
}
HIDDEN = {'path': str, 'directory': bool}


class BadRequest(Exception):
    """A request that cannot be read; the answer to it says why."""


class Request:
    def __init__(self, connection, header, body):
        self.connection, self.header, self.body = connection, header, body
        self.number = header['request']
        self.operation = header['op']
        # While no process can be started a request waits until then.
        self.give_up_at = None


def check(header):
    """Raises `BadRequest` unless the header has every field of its operation."""
    operation = header['op']
    if operation not in OPERATIONS:
        raise BadRequest(f'unknown operation {operation}')
    check_fields(operation, header, OPERATIONS[operation])
    if operation == 'run':
        command = header['command']
        check_fields('run.command', command, COMMAND)
        check_texts('run.command.argv', command['argv'])
        check_texts('run.command.env', [*command['env'], *command['env'].values()])
        if not command['argv']:
            raise BadRequest('run.command.argv: names no program')
    for entry in header['entries'] if operation == 'hide' else ():
        if not isinstance(entry, dict):
            raise BadRequest('hide.entries: holds what is no object')
        check_fields('hide.entries', entry, HIDDEN)


def check_fields(place, header, fields):
    for name, kind in fields.items():
        if name not in header:
            raise BadRequest(f'{place}: no field {name}')
        value = header[name]
        # In Python true is a number, in JSON it is not.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadRequest(f'{place}: {name} is {type(value).__name__}')


def check_texts(place, values):
    for value in values:
        if not isinstance(value, str):
            raise BadRequest(f'{place}: holds {type(value).__name__}')
