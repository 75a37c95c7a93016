"""Runs in the sandbox: script and parser of the artifact once, as the validation will, and says what came out.

`measure.py ARTIFACT LIMIT_SECONDS save|against RESULTS`: keeps the results, or compares with kept ones. `failed` are
tests that are reported so, `missing` those that are no longer reported.
"""

import json
import os
import signal
import subprocess
import sys
import time

artifact, limit, mode, kept = sys.argv[1], float(sys.argv[2]), sys.argv[3], sys.argv[4]
begin = time.monotonic()
script = subprocess.Popen(
    ["bash", os.path.join(artifact, "test_script.sh")],
    stdin=subprocess.DEVNULL,
    stdout=subprocess.PIPE,
    stderr=subprocess.STDOUT,
    start_new_session=True,
)
timed_out = False
try:
    log = script.communicate(timeout=limit)[0]
except subprocess.TimeoutExpired:
    timed_out = True
    os.killpg(script.pid, signal.SIGKILL)
    log = script.communicate()[0]
seconds = time.monotonic() - begin
parser = subprocess.run(
    ["python3", os.path.join(artifact, "test_parser.py")], input=log, stdout=subprocess.PIPE, timeout=20
)
try:
    results = json.loads(parser.stdout or b"{}")
except ValueError:
    results = {}
if mode == "save":
    with open(kept, "w") as file:
        json.dump(results, file)
    before = results
else:
    with open(kept) as file:
        before = json.load(file)
passing = [name for name, outcome in results.items() if outcome == "passed"]
print(
    json.dumps(
        {
            "seconds": round(seconds, 3),
            "timedOut": timed_out,
            "passing": len(passing),
            "failed": sorted(name for name, outcome in results.items() if outcome == "failed")[:100],
            "missing": sorted(name for name, outcome in before.items() if outcome == "passed" and name not in results)[
                :100
            ],
            "new": sorted(name for name in results if name not in before)[:100],
        }
    )
)
