import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { createPreparedSandboxes } from '../../../src/sandbox/prepared/prepared-sandboxes.ts';
import type { Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { aCommand, aSandbox, endAll, text } from '../contract-host.ts';

let root: string;
let sandboxes: Sandboxes;
let sandbox: Sandbox;

/** A source tree with a virtual environment in it, as README shows one: a program, and the tree installed for editing. */
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'virtual-'));
  const tree = path.join(root, 'calc');
  const environment = path.join(tree, '.venv');
  await mkdir(path.join(tree, 'src', 'calc'), { recursive: true });
  await writeFile(path.join(tree, 'src', 'calc', '__init__.py'), 'HERE = __file__\n');
  await execa('/usr/bin/python3', ['-m', 'venv', '--without-pip', environment]);
  const [packages = ''] = (
    await execa('sh', ['-c', 'echo "$1"/lib/python3*/site-packages', 'sh', environment])
  ).stdout.split(' ');
  await writeFile(path.join(packages, '__editable__.calc.pth'), `${tree}/src\n`);
  const program = `#!${environment}/bin/python3\nimport calc, sys\nprint(sys.prefix, calc.HERE)\n`;
  await writeFile(path.join(environment, 'bin', 'say-where'), program, { mode: 0o755 });
  sandboxes = createPreparedSandboxes(createBubblewrapSandboxes({ stateDir: path.join(root, 'sandboxes') }), {
    directory: path.join(root, 'environments'),
  });
  sandbox = await sandboxes.create(aSandbox({ source: { kind: 'directory', directory: tree, environment } }));
});

afterAll(async () => {
  await endAll(sandboxes);
  await rm(root, { recursive: true, force: true });
});

describe('a virtual environment of the host', () => {
  it('runs its programs, which import the tree that is installed for editing', async () => {
    const { stdout, exitCode } = await sandbox.run(aCommand('say-where'));
    expect(text(stdout)).toBe('/opt/environment /repo/src/calc/__init__.py\n');
    expect(exitCode).toBe(0);
  });

  it('tells no place of the host', async () => {
    const { stdout } = await sandbox.run(
      aCommand(`grep -rIl -- '${root}' /opt/environment; readlink -f /opt/environment/bin/say-where`),
    );
    expect(text(stdout)).toBe('/opt/environment/bin/say-where\n');
  });

  it('stays as it is on the host', async () => {
    const program = await readFile(path.join(root, 'calc', '.venv', 'bin', 'say-where'), 'utf8');
    expect(program).toContain(`#!${root}/calc/.venv/bin/python3`);
  });

  it('is the same source for whoever asks again', async () => {
    const source = {
      kind: 'directory',
      directory: path.join(root, 'calc'),
      environment: path.join(root, 'calc', '.venv'),
    } as const;
    const before = await sandboxes.identify(source);
    await utimes(path.join(root, 'sandboxes'), new Date(), new Date());
    expect(await sandboxes.identify(source)).toEqual(before);
  });
});
