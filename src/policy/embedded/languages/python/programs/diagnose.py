"""Runs in the sandbox, at the tree's root: test files once, in this process, and says which tests failed and why.

Under observation it also counts which functions and lines of the library failing and passing tests came by; the tests
named in `detail` are followed line by line however long it takes. The request is the first argument, JSON.
"""

import json
import os
import re
import sys
import threading
import time
import traceback
import unittest

request = json.loads(sys.argv[1])
root = os.getcwd() + os.sep
sys.dont_write_bytecode = True
sys.path.insert(0, os.getcwd())
if os.path.isdir("src"):
    sys.path.insert(0, os.path.abspath("src"))
report = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")
hidden = os.open(os.devnull, os.O_RDWR)
for descriptor in (0, 1, 2):
    os.dup2(hidden, descriptor)

outcomes, failures, calls, lines = {}, [], {}, {}
detail = set(request["detail"])
known = {}
# Following each line makes a test ten times slower; after a while only the tests that matter most are followed.
patient_until = time.monotonic() + 2


def place_of(filename):
    path = os.path.abspath(filename)
    if not path.startswith(root) or not path.endswith(".py"):
        return None
    path = path[len(root) :]
    *folders, name = path.split("/")
    test = re.fullmatch(r"(test_.+|.+_tests?|tests?|conftest)\.py", name)
    return None if test or any(re.fullmatch("tests?|unittests?", folder) for folder in folders) else path


class Observation:
    def __init__(self, test_id):
        self.called, self.executed = set(), set()
        name = re.sub(r"\[.*$", "", test_id, flags=re.S)
        self.close = re.split(r"::|\.", name)[-1] in detail or time.monotonic() < patient_until
        if request["observe"]:
            sys.settrace(self.call)

    def call(self, frame, event, arg):
        code = frame.f_code
        if code not in known:
            path = place_of(code.co_filename)
            known[code] = path and (path, code.co_firstlineno, code.co_name)
        if known[code] is None:
            return None
        self.called.add(known[code])
        return self.line if self.close else None

    def line(self, frame, event, arg):
        if event == "line":
            self.executed.add((known[frame.f_code][0], frame.f_lineno))
        return self.line

    def end(self, test_id, outcome):
        if request["observe"]:
            sys.settrace(None)
        if outcome == "skipped":
            return
        if outcomes.get(test_id) != "failed":
            outcomes[test_id] = outcome
        side = 0 if outcome == "failed" else 1
        for key in self.called:
            calls.setdefault(key, [0, 0])[side] += 1
        for path, line in self.executed:
            lines.setdefault(path, {}).setdefault(line, [0, 0])[side] += 1


def note(test_id, error):
    frames = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = place_of(frame.f_code.co_filename)
        if path:
            frames.append([path, line, frame.f_code.co_name])
    failures.append([test_id, type(error).__name__, str(error)[:600], frames[-12:]])


def note_text(test_id, text):
    found = re.findall(r"File \"([^\"]+)\", line (\d+), in (\S+)", text)
    found += re.findall(r"^(\S+\.py):(\d+): in (\S+)", text, re.M)
    frames = [[place_of(path), int(line), name] for path, line, name in found if place_of(path)]
    message = [line for line in text.strip().split("\n") if re.match(r"(E +)?\w*(Error|Exception)\b", line)]
    last = re.sub(r"^E +", "", message[-1]) if message else ""
    kind, _, rest = last.partition(":")
    failures.append([test_id, kind, rest.strip()[:600], frames[-12:]])


def run_unittest(files):
    class Result(unittest.TestResult):
        def startTest(self, test):
            super().startTest(test)
            self.outcome = "passed"
            self.observation = Observation(test.id())

        def failed(self, test, error):
            self.outcome = "failed"
            loading = getattr(test, "_exception", None)
            if loading is None:
                note(test.id(), error[1])
            else:
                note_text(test.id(), str(loading))

        def addFailure(self, test, error):
            self.failed(test, error)

        def addError(self, test, error):
            self.failed(test, error)
            if not isinstance(test, unittest.TestCase):
                outcomes[test.id()] = "failed"

        def addSubTest(self, test, subtest, error):
            if error is not None:
                self.failed(test, error)

        def addSkip(self, test, reason):
            self.outcome = "skipped"

        def addExpectedFailure(self, test, error):
            self.outcome = "skipped"

        def addUnexpectedSuccess(self, test):
            self.outcome = "failed"

        def stopTest(self, test):
            super().stopTest(test)
            self.observation.end(test.id(), self.outcome)

    names = [re.sub(r"\.__init__$", "", file[:-3].replace("/", ".")) for file in files]
    unittest.defaultTestLoader.loadTestsFromNames(names).run(Result())


def run_pytest(files):
    import pytest

    class Plugin:
        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_call(self, item):
            self.observation = Observation(item.nodeid)
            yield
            if request["observe"]:
                sys.settrace(None)

        @pytest.hookimpl(hookwrapper=True)
        def pytest_runtest_makereport(self, item, call):
            result = (yield).get_result()
            if result.failed and call.excinfo is not None:
                note(item.nodeid, call.excinfo.value)
            if call.when == "call":
                outcome = "passed" if result.passed and not hasattr(result, "wasxfail") else result.outcome
                self.observation.end(item.nodeid, outcome)
            elif result.failed:
                outcomes[item.nodeid] = "failed"

        def pytest_collectreport(self, report):
            if report.failed:
                outcomes[report.nodeid] = "failed"
                note_text(report.nodeid, str(report.longrepr))

    options = "-q --tb=no --color=no -o addopts= -p no:cacheprovider -p no:xdist -p no:randomly -p no:random_order"
    pytest.main(options.split() + files, plugins=[Plugin()])


begin = time.monotonic()
threading.Timer(request["limit"], lambda: os._exit(3)).start()
(run_pytest if request["framework"] == "pytest" else run_unittest)(request["files"])
sys.settrace(None)
called = sorted(calls.items(), key=lambda item: (-item[1][0], item[1][1]))[:150]
report.write(
    json.dumps(
        {
            "seconds": round(time.monotonic() - begin, 2),
            "outcomes": outcomes,
            "failures": failures[:20],
            "called": [[*key, *counts] for key, counts in called if counts[0]],
            "lines": {
                path: [[line, *counts] for line, counts in sorted(numbers.items()) if counts[0]][:600]
                for path, numbers in lines.items()
            },
        }
    )
    + "\n"
)
report.flush()
os._exit(0)
