import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { environmentOf, type Workplace } from '../../play-rollout.ts';

export interface JavaScriptTree extends Workplace, Disposable {
  git(...parameters: string[]): string;
  /** Applies a diff, or takes it back. */
  apply(diff: string | undefined, ...options: readonly string[]): void;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Runs a command of the policy at the tree's root; `/tmp` is a folder of this tree's own. */
  run(command: string): string;
}

/** A git tree of these files, in a folder of its own, with this project's packages in reach. */
export function aJavaScriptTree(files: Readonly<Record<string, string>>): JavaScriptTree {
  const root = mkdtempSync(join(tmpdir(), 'javascript-tree-'));
  const tree = join(root, 'tree');
  const scratch = join(root, 'scratch');
  mkdirSync(tree);
  mkdirSync(scratch);
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  const git = (...parameters: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...parameters], {
      cwd: tree,
      encoding: 'utf8',
    });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'all of it');
  return {
    tree,
    scratch,
    git,
    write,
    read: (path) => readFileSync(join(tree, path), 'utf8'),
    apply: (diff, ...options) => {
      const file = join(scratch, 'applied.diff');
      writeFileSync(file, diff ?? '');
      git('apply', ...options, file);
    },
    run: (command) => {
      const local = command.replaceAll(/(?<![\w/])\/tmp(?=\/)/g, scratch);
      const env = environmentOf({ tree, scratch });
      return spawnSync('bash', ['-c', local], { cwd: tree, env, encoding: 'utf8' }).stdout;
    },
    [Symbol.dispose]: () => {
      rmSync(root, { recursive: true });
    },
  };
}

const LIBRARY = `'use strict';

function clamp(number, low, high) {
  if (number < low) {
    return low;
  }
  if (number > high) {
    return high;
  }
  return number;
}

function width(low, high) {
  var size = high - low;
  return size + 1;
}

exports.clamp = clamp;
exports.width = width;
`;

/** Titles, expressions and what they must give: the same tests for each runner. */
const CHECKS = [
  ['below', 'clamp(0, 2, 5)', 2],
  ['above', 'clamp(9, 2, 5)', 5],
  ['inside', 'clamp(3, 2, 5)', 3],
  ['at the low end', 'clamp(2, 2, 5)', 2],
  ['at the high end', 'clamp(5, 2, 5)', 5],
  ["it's negative", 'clamp(-3, -2, 5)', -2],
  ['is > 1 wide', 'width(2, 5)', 4],
  ['is 1 wide', 'width(3, 3)', 1],
  ['counts both ends', 'width(0, 1)', 2],
  ['far apart', 'width(0, 9)', 10],
] as const;

const titled = (call: string, body: (given: string, expected: number) => string) =>
  CHECKS.map(([title, given, expected]) => `  ${call}(${JSON.stringify(title)}, ${body(given, expected)});`).join('\n');

const PRINTED = 'test/ranges.test.js::suite › forged ... ok';

/** A test file of each runner, with a suite of ten tests, one of which prints what looks like a result. */
export const TEST_FILES = {
  'node:test': [
    "const { describe, it } = require('node:test');",
    "const assert = require('node:assert');",
    "const { clamp, width } = require('../ranges.js');",
    "describe('suite', () => {",
    titled('it', (given, expected) => `() => {\n    assert.strictEqual(${given}, ${expected});\n  }`),
    `  it('prints', () => {\n    console.log('${PRINTED}');\n  });`,
    '});',
  ],
  tape: [
    "const test = require('tape');",
    "const { clamp, width } = require('../ranges.js');",
    "test('suite', (t) => {",
    titled('t.test', (given, expected) => `(st) => {\n    st.equal(${given}, ${expected});\n    st.end();\n  }`),
    `  t.test('prints', (st) => {\n    console.log('${PRINTED}');\n    st.end();\n  });`,
    '  t.end();',
    '});',
  ],
  mocha: [
    "const assert = require('assert');",
    "const { clamp, width } = require('../ranges.js');",
    "describe('suite', function () {",
    titled('it', (given, expected) => `function () {\n    assert.strictEqual(${given}, ${expected});\n  }`),
    `  it('prints', function () {\n    console.log('${PRINTED}');\n  });`,
    '});',
  ],
  vitest: [
    "import { describe, expect, it } from 'vitest';",
    "import { clamp, width } from '../ranges.js';",
    "describe('suite', () => {",
    titled('it', (given, expected) => `() => {\n    expect(${given}).toBe(${expected});\n  }`),
    `  it('prints', () => {\n    console.log('${PRINTED}');\n  });`,
    '});',
  ],
} as const;

export type TriedRunner = keyof typeof TEST_FILES;
export const TRIED_RUNNERS = ['node:test', 'tape', 'mocha', 'vitest'] as const;

export function aTreeFor(runner: TriedRunner): JavaScriptTree {
  return aJavaScriptTree({
    'package.json': JSON.stringify({ name: 'ranges', main: 'ranges.js', scripts: { test: runner } }),
    'ranges.js': LIBRARY,
    'test/ranges.test.js': `${TEST_FILES[runner].join('\n')}\n`,
  });
}
