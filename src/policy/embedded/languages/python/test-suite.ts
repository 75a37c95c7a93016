import { quote } from '../../steps/steps.ts';
import type { Survey, TestFile, TestRunner, TestSuite } from '../language.ts';
import { programText } from '../../steps/program-text.ts';

/** pytest runs everything; unittest, which starts faster, only its own kind. */
export function runnersFor({ runners }: Survey, testFiles: readonly TestFile[]): readonly TestRunner[] {
  const needsPytest = testFiles.some(({ framework }) => framework === 'pytest');
  return ['pytest', 'unittest']
    .filter((name) => runners.includes(name) && (name === 'pytest' || !needsPytest))
    .map((name) => ({ name }));
}

/** The script of the artifact: reads the tree only, and says a result a line whatever the project has configured. */
export function testScript({ runner, testFiles, excluded }: TestSuite): string {
  const command = runner.name === 'pytest' ? pytestCommand(testFiles, excluded) : unittestCommand(testFiles, excluded);
  return `#!/bin/bash\nexport PYTHONDONTWRITEBYTECODE=1\n${command} < /dev/null 2>&1\n`;
}

/** The parser of the artifact. Each line speaks for itself, so it does not matter which lines are there, or in what order. */
export function testParser({ name }: TestRunner): string {
  return programText(`languages/python/programs/${name === 'pytest' ? 'pytest' : 'unittest'}_parser.py`);
}

function pytestCommand(testFiles: readonly string[], excluded: readonly string[]): string {
  const options = [
    '-v --tb=short --color=no --no-header -rN --show-capture=no --disable-warnings',
    // The project's own options may ask for plug-ins, coverage or another order.
    '-o addopts= -o console_output_style=classic -p no:cacheprovider -p no:xdist -p no:randomly -p no:random_order',
    ...excluded.map((id) => `--deselect ${quote(id)}`),
    ...testFiles.map(quote),
  ];
  return `exec python3 -m pytest ${options.join(' \\\n  ')}`;
}

function unittestCommand(testFiles: readonly string[], excluded: readonly string[]): string {
  const left = excluded.length === 0 ? [] : ['--', ...excluded.map(quote)];
  return `exec python3 -c ${quote(programText('languages/python/programs/unittest_runner.py'))} ${[...testFiles.map(quote), ...left].join(' ')}`;
}
