"""What nobody waits for an answer about is said here: on standard error, which is the log of a running supervisor."""

import os
import time

# A traceback with its sentence; what is longer repeats something that came from outside.
MAX_BYTES = 4000


def log(sentence):
    moment = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
    line = f'{moment} supervisor: {sentence}'.encode(errors='backslashreplace')[:MAX_BYTES]
    try:
        os.write(2, line + b'\n')
    except OSError:
        pass  # A full disk, or a log that nobody reads any more: there is nowhere left to say it.
