import { CHANGES, ORIGINAL } from '../../support/artifact-fixture.ts';
import { binary } from '../projects/moves.ts';
import { pytest, unittest } from '../projects/python.ts';
import { artifactAttack, edited, type Trial } from '../trial.ts';

const TESTS = ORIGINAL['tests/test_arith.py'] ?? '';
const HIGH = `    def test_clamp_high(self):
        self.assertEqual(clamp(15, 0, 10), 10)
`;
const commented = HIGH.replaceAll(/^ {4}/gm, '    # ');

/** Specifications that hide nothing, hide too much, or keep what they hide in sight. */
export const weakeningAttacks: readonly Trial[] = [
  artifactAttack({
    name: 'weakening-hides-nothing',
    source: '#weakening-validity',
    project: unittest,
    weakening: CHANGES.withoutAnotherTest,
    refusedBy: 'weakening-validity',
  }),
  artifactAttack({
    name: 'weakening-breaks-other-tests',
    source: '#weakening-validity: nothing that passed before may fail after',
    project: unittest,
    weakening: {
      'tests/test_arith.py': edited(edited(TESTS, HIGH, ''), 'add(1, 2), 3', 'add(1, 2), 4'),
    },
    refusedBy: 'weakening-validity',
  }),
  artifactAttack({
    name: 'weakening-ends-the-run',
    source: '#weakening-validity: tests deleted or renamed without their definitions',
    project: unittest,
    weakening: { 'tests/test_arith.py': `import os\n\nos._exit(0)\n${TESTS}` },
    refusedBy: 'weakening-validity',
  }),
  artifactAttack({
    name: 'weakening-takes-all-tests',
    source: '#weakening-validity: a passing test remains',
    project: unittest,
    weakening: { 'tests/test_arith.py': null, 'tests/test_words.py': null },
    refusedBy: 'weakening-validity',
  }),
  artifactAttack({
    name: 'weakening-is-binary',
    source: '#bug-artifact: its reverse is the specification, and no text shows it; in the paper profile too',
    project: binary,
    profile: 'paper',
    subject: { 'tests/data.bin': 'a\0b' },
    weakening: { ...binary().weakening, 'tests/data.bin': 'a\0c' },
    files: { 'test_files.txt': `${binary().testFiles}tests/data.bin\n` },
    refusedBy: 'test-files',
    sentence: /tests\/data\.bin, which is binary/,
  }),
  artifactAttack({
    name: 'weakening-comments-the-test-out',
    source: '#no-hints',
    project: unittest,
    weakening: { 'tests/test_arith.py': edited(TESTS, HIGH, commented) },
    refusedBy: 'no-hints',
  }),
  artifactAttack({
    name: 'weakening-quotes-the-test-out',
    source: '#no-hints: a string in place of a comment',
    project: unittest,
    weakening: { 'tests/test_arith.py': edited(TESTS, HIGH, `    """\n${HIGH}    """\n`) },
    refusedBy: ['weakening-validity', 'no-hints'],
  }),
  artifactAttack({
    name: 'tests-live-in-the-bugs-file',
    source: '#validation: tests defined in files of the bug are quarantined',
    project: pytest,
    subject: {
      'calc/table.py':
        'def twice(x):\n    """\n    >>> twice(2)\n    4\n    """\n    return 2 * x\n\n\ndef thrice(x):\n    """\n    >>> thrice(2)\n    6\n    """\n    return 3 * x\n',
    },
    bug: {
      'calc/table.py':
        'def twice(x):\n    """\n    >>> twice(2)\n    4\n    """\n    return 2 + x + 1\n\n\ndef thrice(x):\n    """\n    >>> thrice(2)\n    6\n    """\n    return 3 * x\n',
    },
    files: ({ 'test_parser.py': parser }) => ({
      'test_script.sh':
        'export PYTHONDONTWRITEBYTECODE=1\npython3 -m pytest -v --color=no -p no:cacheprovider --doctest-modules tests calc\n',
      'test_parser.py': (parser ?? '').replaceAll('(tests/', '((?:tests|calc)/'),
    }),
    refusedBy: 'bug-validity',
  }),
];
