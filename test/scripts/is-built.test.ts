import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { packageRoot } from '../../src/config/package-root.ts';

let root: string;

/** A checkout of a few lines, which compiles in a moment. */
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'built-'));
  for (const folder of ['scripts', 'src/cli', 'src/workflows']) mkdirSync(path.join(root, folder), { recursive: true });
  for (const script of ['scripts/is-built', 'scripts/build.ts'])
    copyFileSync(path.join(packageRoot, script), path.join(root, script));
  symlinkSync(path.join(packageRoot, 'node_modules'), path.join(root, 'node_modules'));
  write('package.json', '{ "type": "module", "dependencies": {} }');
  write('package-lock.json', '{}');
  write('src/cli/main.ts', "await import('./other.ts');\n");
  write('src/cli/other.ts', 'console.log(1);\n');
  write('src/workflows/index.ts', 'export const one = 1;\n');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(file: string, text: string): void {
  writeFileSync(path.join(root, file), text);
}

function run(program: string, ...parameters: readonly string[]): number | null {
  return spawnSync(program, parameters, { cwd: root, stdio: 'ignore' }).status;
}

const build = () => run(path.join(root, 'node_modules/.bin/tsx'), 'scripts/build.ts');
const isBuilt = () => run(path.join(root, 'scripts/is-built')) === 0;
const changedAt = (file: string) => statSync(path.join(root, file)).mtimeMs;

function saveAt(file: string, moment: number): void {
  utimesSync(path.join(root, file), moment / 1000, moment / 1000);
}

describe('a checkout', () => {
  it('is built once it was compiled, and no longer when a source was saved while it compiled', () => {
    expect(isBuilt()).toBe(false);
    expect(build()).toBe(0);
    expect(isBuilt()).toBe(true);
    saveAt('src/cli/other.ts', changedAt('dist/cli/main.js'));
    expect(isBuilt()).toBe(false);
  });

  it('is not built by what did not compile', () => {
    write('src/cli/other.ts', 'this is no program');
    expect(build()).not.toBe(0);
    expect(isBuilt()).toBe(false);
  });

  it.each(['src/cli/other.ts', 'src/workflows', 'scripts/build.ts', 'package.json', 'package-lock.json'])(
    'has to be built again after a change of %s',
    (file) => {
      mkdirSync(path.join(root, 'dist'));
      write('dist/.built', '');
      expect(isBuilt()).toBe(true);
      saveAt(file, changedAt('dist/.built') + 1000);
      expect(isBuilt()).toBe(false);
    },
  );
});
