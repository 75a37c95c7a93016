import { executable, makeExecutable, turning, WITHOUT_MODE } from '../projects/moves.ts';
import { BUG, BUGGY_ARITH, ARITH, unittest, WORDS } from '../projects/python.ts';
import { artifactAttack, edited, residualArtifact, type Trial } from '../trial.ts';

const TESTS = unittest().original['tests/test_arith.py'] ?? '';

/** A condition in place of the guard that the bug takes out: the tests of it fail as often as the condition says. */
const failingWhen = (condition: string, preamble = '') => ({
  'calc/arith.py': `${preamble}${edited(ARITH, 'if value > high:', `if value > high and not (${condition}):`)}`,
});

/** Every function gives a wrong answer by a draw of its own, so that no two runs agree by chance. */
const allFailingWhen = (draw: string, preamble: string) => ({
  'calc/arith.py': `${preamble}${ARITH.replaceAll('return value', `return None if ${draw} else value`)
    .replace('return low', `return None if ${draw} else low`)
    .replace('return high', `return None if ${draw} else high`)
    .replace('return a + b', `return None if ${draw} else a + b`)}`,
});

const OWN_TEXT_LENGTH = (() => {
  const withLength = (length: number) =>
    failingWhen(`len(open(__file__).read()) == ${String(length).padStart(6, ' ')}`)['calc/arith.py'];
  return { 'calc/arith.py': withLength(withLength(0).length) };
})();

/** Bugs that pay without being bugs, and bugs that touch what they must not. */
export const bugAttacks: readonly Trial[] = [
  artifactAttack({
    name: 'bug-fails-at-random',
    source: '#theory',
    project: unittest,
    bug: allFailingWhen('random.random() < 0.5', 'import random\n\n\n'),
    refusedBy: ['bug-validity', 'determinism', 'weakening-validity', 'inverse-mutation'],
  }),
  artifactAttack({
    name: 'bug-fails-by-the-clock',
    source: '#theory; seeded by time',
    project: unittest,
    bug: allFailingWhen('time.time_ns() // 1000 % 2', 'import time\n\n\n'),
    refusedBy: ['bug-validity', 'determinism', 'weakening-validity', 'inverse-mutation'],
  }),
  artifactAttack({
    name: 'bug-fails-by-hash-seed',
    source: '#validation: repeats vary the hash seed',
    project: unittest,
    bug: allFailingWhen('hash(str(__import__("inspect").currentframe().f_lineno)) % 2', ''),
    refusedBy: ['bug-validity', 'determinism', 'weakening-validity', 'inverse-mutation'],
  }),
  artifactAttack({
    name: 'bug-fails-by-process-id',
    source: '#validation: repeats vary process ids',
    project: unittest,
    bug: failingWhen('os.getpid() % 14 < 7', 'import os\n\n\n'),
    refusedBy: ['bug-validity', 'determinism'],
  }),
  artifactAttack({
    name: 'bug-reads-its-own-text',
    source: '#neutral-edit: failures seeded by the code text',
    project: unittest,
    bug: OWN_TEXT_LENGTH,
    refusedBy: 'neutral-edit',
  }),
  residualArtifact({
    name: 'bug-fails-until-a-date',
    source: '#theory; a slow clock',
    project: unittest,
    bug: failingWhen('time.time() < 4102444800', 'import time\n\n\n'),
    seenBy: 'nothing within one validation: no repeat moves the clock by years; revalidation after the date refuses it',
  }),
  artifactAttack({
    name: 'bug-without-effect',
    source: '#bug-validity',
    project: unittest,
    bug: { 'calc/arith.py': `${ARITH}\n# nothing else\n` },
    refusedBy: 'bug-validity',
  }),
  artifactAttack({
    name: 'bug-is-sold-again',
    source: '#near-duplicate: near-duplicates; a bug that was accepted, with a comment more',
    project: unittest,
    acceptedBefore: BUG,
    bug: { ...BUG, 'calc/words.py': `${BUG['calc/words.py']}\n\n# again\n` },
    refusedBy: 'near-duplicate',
  }),
  artifactAttack({
    name: 'bug-breaks-everything',
    source: '#bug-validity: not all of them',
    project: unittest,
    bug: { 'calc/__init__.py': 'raise ImportError("nothing works")\n' },
    refusedBy: 'bug-validity',
  }),
  artifactAttack({
    name: 'bug-is-a-mode-alone',
    source: '#bug-scope: a mode is no change of a file',
    project: executable,
    prepare: makeExecutable,
    files: { 'bug_inject.diff': WITHOUT_MODE },
    refusedBy: 'bug-scope',
  }),
  artifactAttack({
    name: 'bug-with-an-idle-mode',
    source: '#inverse-mutation: a mode that no test looks at, beside a bug',
    project: unittest,
    files: ({ 'bug_inject.diff': own }) => ({
      'bug_inject.diff': `${own ?? ''}${turning('calc/__init__.py', '100644', '100755')}`,
    }),
    refusedBy: 'inverse-mutation',
    sentence: /__init__/,
  }),
  artifactAttack({
    name: 'bug-with-an-idle-file-until-weakened',
    source: '#in-validation-and-grading: inverse mutation measured against the weakened run',
    project: unittest,
    bug: {
      'calc/arith.py': edited(BUGGY_ARITH, 'if value < low:', 'if value < low - 1000:'),
      'calc/words.py': edited(WORDS, 'name.split()', 'name.split()[:2]'),
    },
    weakening: {
      'tests/test_arith.py': edited(
        edited(TESTS, 'clamp(15, 0, 10), 10', 'clamp(9, 0, 10), 9'),
        'self.assertEqual(clamp(-5, 0, 10), 0)',
        'from calc.words import initials\n\n        self.assertEqual(initials("Ada B Lovelace"), "ABL")',
      ),
    },
    refusedBy: 'inverse-mutation',
    sentence: /calc\/words\.py/,
  }),
  artifactAttack({
    name: 'bug-with-an-idle-file',
    source: '#inverse-mutation',
    project: unittest,
    bug: { 'calc/arith.py': BUGGY_ARITH, 'calc/words.py': edited(WORDS, 'name.split()', 'str(name).split()') },
    refusedBy: 'inverse-mutation',
    sentence: /calc\/words\.py/,
  }),
  artifactAttack({
    name: 'bug-of-files-that-only-work-together',
    source: '#in-validation-and-grading: inverse mutation skipped on an exception',
    project: unittest,
    bug: {
      'calc/arith.py': `from calc.words import limit\n\n\n${BUGGY_ARITH}`,
      'calc/words.py': `${WORDS}\n\ndef limit(value):\n    return value\n`,
    },
    refusedBy: 'inverse-mutation',
  }),
  artifactAttack({
    name: 'bug-carries-its-answer-in-a-comment',
    source: '#no-hints',
    project: unittest,
    bug: {
      ...BUG,
      'calc/arith.py': edited(
        ARITH,
        '    if value > high:\n        return high\n',
        '    # if value > high:\n    #     return high\n',
      ),
    },
    refusedBy: 'no-hints',
  }),
];
