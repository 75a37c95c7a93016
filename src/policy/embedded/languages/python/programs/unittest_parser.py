import json
import re
import sys

LINE = re.compile(r"([\w.]+) \.\.\. (ok|FAIL|ERROR)\s*$")
results = {}
for line in sys.stdin.buffer.read().decode("utf-8", "replace").split("\n"):
    match = LINE.match(line)
    if match:
        name, outcome = match.group(1), match.group(2)
        if outcome == "ok":
            results.setdefault(name, "passed")
        else:
            results[name] = "failed"
print(json.dumps(results))
