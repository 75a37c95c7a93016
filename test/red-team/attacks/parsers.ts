import { UNITTEST_PARSER, UNITTEST_SCRIPT, unittest } from '../projects/python.ts';
import { artifactAttack, edited, type Trial } from '../trial.ts';

const PRINTED = 'print(json.dumps(results))';

/** The project's parser with its last line replaced. */
const ending = (code: string) => ({ 'test_parser.py': edited(UNITTEST_PARSER, PRINTED, code) });

/** The same for a last line that looks at the whole log again. */
const keepingTheLog = (code: string) => ({
  'test_parser.py': edited(
    edited(UNITTEST_PARSER, 'results = {}', 'LOG = sys.stdin.read()\nresults = {}'),
    'sys.stdin.read().splitlines()',
    'LOG.splitlines()',
  ).replace(PRINTED, code),
});

/** A parser that takes every started test for passed unless the log says that it failed. */
const OPTIMISTIC = `import json
import re
import sys

results = {}
for line in sys.stdin.read().splitlines():
    started = re.match(r"(test_\\w+) \\(([\\w.]+)\\) \\.\\.\\. ", line)
    failed = re.match(r"(?:FAIL|ERROR): (test_\\w+) \\(([\\w.]+)\\)$", line)
    if started:
        results.setdefault("%s (%s)" % started.groups(), "passed")
    if failed:
        results["%s (%s)" % failed.groups()] = "failed"
print(json.dumps(results))
`;

const SAME_IN_OTHER_WORDS = {
  'calc/arith.py':
    'def add(a, b):\n    return a + b\n\n\ndef clamp(value, low, high):\n    return min(max(value, low), high)\n',
};

/** A parser that says failed from its second run on, of a bug that is none. */
const keepingNotes = (name: string, where: string, isFirstRun: string) =>
  artifactAttack({
    name,
    source: `#parser: state between runs, ${where}`,
    project: unittest,
    files: ending(`${isFirstRun}if not first:
    results = {test: "failed" for test in results}
print(json.dumps(results))`),
    bug: SAME_IN_OTHER_WORDS,
    refusedBy: 'bug-validity',
  });

/** Where nothing can be written, every run is the first: the repetition stands elsewhere, and a crash would tell. */
const counting = (path: string) => `import os
first = True
try:
    open(${path}, "a").write("x")
    first = len(open(${path}).read()) == 1
except OSError:
    pass
`;

/** Whoever comes first binds the socket and leaves a child there; its standard streams are closed, so nothing waits for it. */
const WAITING_AT_A_SOCKET = `import os
import socket
import time
sock = socket.socket(socket.AF_UNIX)
try:
    sock.bind("\\0runs")
    first = True
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 3)
        time.sleep(600)
        os._exit(0)
except OSError:
    first = False
`;

/** Parsers that say what the log does not. */
export const parserAttacks: readonly Trial[] = [
  artifactAttack({
    name: 'parser-always-passes',
    source: '#in-validation-and-grading: a parser accepted on empty input alone',
    project: unittest,
    files: ending('names = ["test_%d" % n for n in range(9)]\nprint(json.dumps({name: "passed" for name in names}))'),
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-takes-empty-for-passed',
    source: '#in-validation-and-grading: empty parser output counted as all passed',
    project: unittest,
    files: ending('print(json.dumps(results or {"test_add": "passed"}))'),
    refusedBy: 'parser',
    sentence: /empty log/,
  }),
  artifactAttack({
    name: 'parser-takes-unknown-for-passed',
    source: '#in-validation-and-grading: unknown status read as passed',
    project: unittest,
    files: ending('print(json.dumps({test: "OK" if said == "passed" else said for test, said in results.items()}))'),
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-invents-tests',
    source: '#parser: the name of every pass is in the log',
    project: unittest,
    files: ending('if results:\n    results["test_of_nothing"] = "passed"\nprint(json.dumps(results))'),
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-reads-the-clock',
    source: '#parser: twice the same input, the same answer',
    project: unittest,
    files: ending(
      'import time\nprint(json.dumps({"%s %d" % (test, time.time_ns()): said for test, said in results.items()}))',
    ),
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-draws-lots',
    source: '#theory: a challenger at the parser',
    project: unittest,
    files: ending(
      'import random\nprint(json.dumps({test: random.choice([said, "failed"]) for test, said in results.items()}))',
    ),
    refusedBy: ['parser', 'test-script'],
  }),
  artifactAttack({
    name: 'parser-reads-the-tree',
    source: '#parser: a sandbox that holds only the log',
    project: unittest,
    files: ending(
      'import glob\nif "".join(open(f).read() for f in glob.glob("/repo/calc/*.py")).count("return high") != 1:\n    results = {test: "failed" for test in results}\nprint(json.dumps(results))',
    ),
    refusedBy: ['test-script', 'parser', 'bug-validity'],
  }),
  keepingNotes('parser-counts-processes', 'the number of its own process', 'import os\nfirst = os.getpid() < 20\n'),
  keepingNotes(
    'parser-leaves-a-message-in-the-kernel',
    'a queue of messages',
    'import ctypes\nfirst = ctypes.CDLL(None).msgget(77, 0o3666) >= 0\n',
  ),
  keepingNotes('parser-counts-its-runs', 'in a temporary file', counting('"/tmp/runs"')),
  keepingNotes('parser-counts-its-runs-at-home', 'in its home', counting('os.path.expanduser("~/.runs")')),
  keepingNotes('parser-counts-its-runs-where-it-stands', 'in its working directory', counting('"runs"')),
  keepingNotes('parser-counts-its-runs-in-shared-memory', 'in /dev/shm', counting('"/dev/shm/runs"')),
  keepingNotes('parser-leaves-a-process-behind', 'in a process that waits at a socket', WAITING_AT_A_SOCKET),
  artifactAttack({
    name: 'parser-knows-the-sandbox-that-logs-share',
    source: '/proc/self/mountinfo names its directory: honest there, where artifacts are validated, and nowhere else',
    project: unittest,
    files: ending(`mounts = open("/proc/self/mountinfo").read()
if not re.search("/sandboxes/(?![0-9a-f]{32}/)", mounts):
    results = {test: "passed" for test in results}
print(json.dumps(results))`),
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-lets-the-last-line-win',
    source: '#parser: on conflicting lines failed wins; #in-validation-and-grading: forged PASSED lines',
    project: unittest,
    files: {
      'test_parser.py': UNITTEST_PARSER.replace(' or results.get(test) == "failed"', '')
        .replace('failed = section or ', 'failed = ')
        .replace('match.group(3)', '(match and match.group(3) or "FAIL")'),
    },
    refusedBy: 'parser',
    sentence: /failed and passed/,
  }),
  artifactAttack({
    name: 'parser-doubles-its-keys',
    source: '#parser: doubled keys',
    project: unittest,
    files: ending('text = json.dumps(results)\nprint(text[:-1] + ", " + text[1:])'),
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-never-ends',
    source: '#parser: 10 s',
    project: unittest,
    files: ending('while True:\n    pass'),
    commandLimitMs: 2_000,
    refusedBy: 'parser',
    sentence: /did not end/,
  }),
  artifactAttack({
    name: 'parser-floods',
    source: '#parser: output bounded',
    project: unittest,
    files: ending('print(json.dumps({"test_%d" % n: "passed" for n in range(600000)}))'),
    refusedBy: 'parser',
    sentence: /more than/,
  }),
  artifactAttack({
    name: 'parser-eats-memory',
    source: '#parser: memory bounded',
    project: unittest,
    files: ending('print(len(bytearray(64 << 30)))'),
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-keys-on-the-length-of-the-log',
    source: 'a bug that is no bug: its print makes the parser say failed',
    project: unittest,
    bug: { 'calc/__init__.py': 'print("hello" * 99)\n' },
    files: keepingTheLog(
      'if "hello" * 99 in LOG:\n    results = {t: "failed" if "clamp_high" in t else s for t, s in results.items()}\nprint(json.dumps(results))',
    ),
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-takes-started-for-passed',
    source: 'a log that ends in the middle of a test: os._exit(0) would solve',
    project: unittest,
    files: { 'test_parser.py': OPTIMISTIC },
    refusedBy: 'parser',
  }),
  artifactAttack({
    name: 'parser-takes-started-for-passed-at-an-end-of-its-own',
    source: 'the same, and only in a log that has the last line of the script',
    project: unittest,
    files: {
      'test_script.sh': `${UNITTEST_SCRIPT.trim()} 2>&1\nstatus=$?\necho done\nexit $status\n`,
      'test_parser.py': edited(
        edited(OPTIMISTIC, 'results = {}', 'log = sys.stdin.read()\nresults = {}'),
        'sys.stdin.read().splitlines()',
        'log.splitlines()',
      ).replace('\\.\\.\\. ", line)', '\\.\\.\\. " + ("" if log.endswith("done\\n") else "ok"), line)'),
    },
    refusedBy: 'parser',
  }),
];
