"""Drives the Docker environment of mini-swe-agent: one JSON request a line, one answer a line."""

import json
import logging
import os
import sys
import time

# It logs to standard output, which belongs to the answers.
answers = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)
logging.disable(logging.CRITICAL)

from minisweagent.environments.docker import DockerEnvironment  # noqa: E402


def main():
    environments = []
    for line in sys.stdin:
        request = json.loads(line)
        started = time.perf_counter()
        answer = {}
        if request['op'] == 'boot':
            run_args = ['--rm', '--network', 'none']
            environments.append(DockerEnvironment(image=request['image'], cwd='/', run_args=run_args))
        elif request['op'] == 'run':
            result = environments[-1].execute({'command': request['script']})
            if result['returncode'] != 0:
                raise RuntimeError(result)
            answer['bytes'] = len(result['output'])
        else:
            environments.pop().cleanup()
        answer['ms'] = (time.perf_counter() - started) * 1000
        print(json.dumps(answer), file=answers, flush=True)


main()
