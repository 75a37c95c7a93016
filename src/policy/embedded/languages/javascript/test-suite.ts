import { programText } from '../../steps/program-text.ts';
import { hereDocument, quote } from '../../steps/steps.ts';
import type { Survey, TestFile, TestRunner, TestSuite } from '../language.ts';
import { adapterFor, isRunnerName, javascriptText, type RunnerName } from './programs/adapters.ts';

/** Each test file is written for one runner; files of one suite share it. */
export function runnersFor({ runners }: Survey, testFiles: readonly TestFile[]): readonly TestRunner[] {
  const names = [...new Set(testFiles.map(({ framework }) => framework))];
  const [only, ...others] = names;
  if (only === undefined || others.length > 0 || !isRunnerName(only) || !runners.includes(only)) return [];
  return [{ name: only }];
}

/** The script of the artifact: each file in a process of its own, a result a line whatever the tests print. */
export function testScript({ runner, testFiles, excluded }: TestSuite): string {
  const runs = testFiles.map((path) => {
    const left = excluded.filter((id) => id.startsWith(`${path}::`));
    return `run ${[path, ...left].map(quote).join(' ')} || status=1\n`;
  });
  return [
    '#!/bin/bash\n',
    '# Results go to a copy of standard output that the tests do not have.\n',
    `run() {\nnode - "$@" 3>&1 > /dev/null 2>&1 ${hereDocument(programFor(runner))}\n}\n`,
    `status=0\n${runs.join('')}exit $status\n`,
  ].join('');
}

function programFor({ name }: TestRunner): string {
  const runner: RunnerName = isRunnerName(name) ? name : 'node:test';
  return [javascriptText('session'), adapterFor(runner), javascriptText('report')].join('\n');
}

/** The parser of the artifact. Each line speaks for itself, so it does not matter which lines are there, or in what order. */
export function testParser(): string {
  return programText('languages/javascript/programs/test_parser.py');
}
