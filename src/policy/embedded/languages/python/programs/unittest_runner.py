"""A unittest runner of one line a test, in a stable order: "module.Class.test ... ok".

`unittest -v` spreads a test with a docstring over two lines, and what tests print comes between. Here results go to
a copy of standard output that the tests do not have, and tracebacks are quoted, so that no line of theirs reads as
a result. Contains no single quote: the script passes it as one shell word.
"""

import os
import sys
import traceback
import unittest

log = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
hidden = os.open(os.devnull, os.O_WRONLY)
os.dup2(hidden, 1)
os.dup2(hidden, 2)
if os.path.isdir("src"):
    sys.path.insert(0, os.path.abspath("src"))


def say(text):
    log.write(text + "\n")


def quoted(text):
    for line in text.splitlines():
        say("    | " + line)


class Result(unittest.TestResult):
    def startTest(self, test):
        super().startTest(test)
        self.outcome = "ok"

    def failed(self, outcome, test, error):
        self.outcome = outcome
        quoted("".join(traceback.format_exception(*error)))
        if not isinstance(test, unittest.TestCase):
            say("    | while running " + test.id())

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.failed("FAIL", test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self.failed("ERROR", test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.failed("FAIL", test, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.outcome = "skipped"

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.outcome = "expected failure"

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.outcome = "FAIL"

    def stopTest(self, test):
        super().stopTest(test)
        if not type(test).__module__.startswith("unittest."):
            say(test.id() + " ... " + self.outcome)


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


paths = sys.argv[1:]
excluded = set()
if "--" in paths:
    excluded = set(paths[paths.index("--") + 1 :])
    paths = paths[: paths.index("--")]
names = [path[:-3].replace("/", ".") for path in paths]
names = [name[4:] if name.startswith("src.") else name for name in names]
names = [name[:-9] if name.endswith(".__init__") else name for name in names]
seen = set()
chosen = unittest.TestSuite()
for test in tests_in(unittest.defaultTestLoader.loadTestsFromNames(names)):
    if test.id() not in seen and test.id() not in excluded:
        seen.add(test.id())
        chosen.addTest(test)
result = Result()
chosen.run(result)
log.flush()
os._exit(0 if result.wasSuccessful() else 1)
