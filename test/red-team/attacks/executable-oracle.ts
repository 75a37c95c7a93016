import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { ORIGINAL } from '../../support/artifact-fixture.ts';
import { REPAIR, unittest } from '../projects/python.ts';
import { edited, honestPatch, type Project, type Trial } from '../trial.ts';

const PROGRAMS = ['tests/test_arith.py', 'tests/test_words.py'];

/** Test files that are programs: the script runs them by their names, so grading has to put their mode back too. */
function programs(): Project {
  const asProgram = (text: string) =>
    `#!/usr/bin/env python3\n${text}\n\nif __name__ == "__main__":\n    unittest.main(verbosity=2)\n`;
  const project = unittest();
  const before = ORIGINAL['tests/test_arith.py'] ?? '';
  const clampHigh = '    def test_clamp_high(self):\n        self.assertEqual(clamp(15, 0, 10), 10)\n\n';
  return {
    ...project,
    name: 'unittest-programs',
    original: {
      ...project.original,
      ...Object.fromEntries(PROGRAMS.map((path) => [path, asProgram(project.original[path] ?? '')])),
    },
    weakening: { 'tests/test_arith.py': asProgram(edited(before, clampHigh, '')) },
    testScript: `export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=.
./tests/test_arith.py
arith=$?
./tests/test_words.py && exit "$arith"
`,
  };
}

/** Honest work on tests that are run as programs. */
export const executableOracle: readonly Trial[] = [
  honestPatch({
    name: 'oracle-tests-are-programs',
    source: 'a script that runs test files of mode 0755 directly',
    project: programs,
    prepare: (directory) => {
      for (const path of PROGRAMS) chmodSync(join(directory, path), 0o755);
    },
    change: REPAIR,
  }),
];
