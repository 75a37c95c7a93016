import json
import sys

results = {}
for line in sys.stdin.buffer.read().decode("utf-8", "replace").split("\n"):
    if not line.startswith("{"):
        continue
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        continue
    outcome, package, test = event.get("Action"), event.get("Package"), event.get("Test")
    if not isinstance(package, str) or not isinstance(test, str) or "/" in test:
        continue
    if outcome == "pass":
        results.setdefault(package + "." + test, "passed")
    elif outcome == "fail":
        results[package + "." + test] = "failed"
print(json.dumps(results))
