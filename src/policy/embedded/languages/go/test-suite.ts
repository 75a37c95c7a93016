import { programText } from '../../steps/program-text.ts';
import { quote } from '../../steps/steps.ts';
import type { Survey, TestRunner, TestSuite } from '../language.ts';

const GO_TEST: TestRunner = { name: 'go test' };

/** Go brings one runner, and every project uses it. */
export function runnersFor({ runners }: Survey): readonly TestRunner[] {
  return runners.includes(GO_TEST.name) ? [GO_TEST] : [];
}

/**
 * The script of the artifact: the packages of the test files, each test anew, without the code review that `go test`
 * does beside. A test that hangs ends before the script's own limit of 90 s, with a traceback.
 */
export function testScript({ testFiles, excluded }: TestSuite): string {
  const options = ['-json', '-count=1', '-vet=off', '-timeout=60s', ...skipping(excluded)];
  return `#!/bin/bash\nexec go test ${[...options, ...packagesOf(testFiles).map(quote)].join(' ')} < /dev/null 2>&1\n`;
}

/** The packages of test files, as paths from the tree's root. */
export function packagesOf(testFiles: readonly string[]): readonly string[] {
  const folders = testFiles.map((path) => path.split('/').slice(0, -1).join('/'));
  return [...new Set(folders)].map((folder) => (folder === '' ? '.' : `./${folder}`));
}

function skipping(excluded: readonly string[]): readonly string[] {
  const names = [...new Set(excluded.map((id) => id.slice(id.lastIndexOf('.') + 1)))];
  return names.length === 0 ? [] : [`-skip=${quote(`^(${names.join('|')})$`)}`];
}

/** The parser of the artifact. Each line is an event of its own, so it does not matter which are there, or in what order. */
export function testParser(): string {
  return programText('languages/go/programs/test_parser.py');
}

// A subtest is part of the test that runs it: that one fails when a subtest does, and when it stops half-way, which
// subtests it would have had is not known. What code prints is quoted in events of another kind.
