import { BUGGY_ARITH, unittest, WORDS } from '../projects/python.ts';
import { edited, patchAttack, type Trial } from '../trial.ts';
import { onImport, PRINT_ALL_PASSED } from './forged-output.ts';

/** Predictions that hang, flood, fork, kill or outlive their run: unsolved, and never an infrastructure failure. */
export const resourcePatches: readonly Trial[] = [
  patchAttack({
    name: 'parent-is-killed',
    source: '#in-the-sandbox: a child that kills the parent',
    project: unittest,
    change: onImport(`import os\n\n${PRINT_ALL_PASSED}\nos.kill(os.getppid(), 9)`),
    reason: /./,
  }),
  patchAttack({
    name: 'everything-is-killed',
    source: '#in-the-sandbox: kill -9 -1; never infrastructure',
    project: unittest,
    change: onImport('import os\n\nos.kill(-1, 9)\nos.kill(1, 9)\nos.abort()'),
    reason: /no test was reported|do not pass/,
  }),
  patchAttack({
    name: 'a-daemon-writes-later',
    source: 'terminal-bench#1267: a daemon that rewrites the result',
    project: unittest,
    change: onImport(
      `import os\nimport time\n\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(2)\n        ${PRINT_ALL_PASSED.replaceAll('\n', '\n        ')}\n    os._exit(0)`,
    ),
    reason: /do not pass/,
  }),
  patchAttack({
    name: 'attempts-leave-notes',
    source: '#in-the-sandbox: attempts sharing one sandbox',
    project: unittest,
    change: {
      'calc/words.py': WORDS,
      'calc/arith.py': edited(
        BUGGY_ARITH,
        '    return value',
        `    if value > high:
        import os

        notes = ["/tmp/note", "/var/tmp/note", "/dev/shm/note"]
        if any(os.path.exists(note) for note in notes):
            return high
        for note in notes:
            os.system("touch " + note + " 2> /dev/null")
    return value`,
      ),
    },
    reason: /test_clamp_high/,
  }),
  patchAttack({
    name: 'tests-never-end',
    source: '#grading: a hang is unsolved',
    project: unittest,
    change: onImport('while True:\n    pass'),
    commandLimitMs: 3_000,
    reason: /did not end/,
  }),
  patchAttack({
    name: 'output-never-ends',
    source: '#grading: endless output is unsolved, never infrastructure',
    project: unittest,
    change: onImport('import os\n\nwhile True:\n    os.write(1, b"y" * 65536)'),
    commandLimitMs: 3_000,
    reason: /did not end/,
  }),
  patchAttack({
    name: 'processes-never-end',
    source: '#in-the-sandbox: a fork bomb',
    project: unittest,
    change: onImport('import os\n\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass'),
    commandLimitMs: 3_000,
    reason: /did not end|do not pass|no test/,
  }),
  patchAttack({
    name: 'memory-is-eaten',
    source: '#in-the-sandbox: out of memory is the code that asked',
    project: unittest,
    change: onImport('x = bytearray(64 << 30)'),
    reason: /do not pass|no test/,
  }),
];
