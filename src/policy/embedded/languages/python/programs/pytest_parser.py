import json
import re
import sys

# pytest quotes source lines and messages of failed tests with a prefix ("E   ", ">   ", "path:line: "), so a line that
# begins with the id of a test and ends with an outcome is its own.
LINE = re.compile(r"([^\s:]+\.py::\S.*) (PASSED|FAILED|ERROR)\s*$")
results = {}
for line in sys.stdin.buffer.read().decode("utf-8", "replace").split("\n"):
    match = LINE.match(line)
    if match:
        name, outcome = match.group(1), match.group(2)
        if outcome == "PASSED":
            results.setdefault(name, "passed")
        else:
            results[name] = "failed"
print(json.dumps(results))
