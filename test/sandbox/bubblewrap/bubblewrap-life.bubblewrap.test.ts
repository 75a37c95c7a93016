import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ImageNotFoundError,
  SandboxGoneError,
  SandboxUnavailableError,
  SnapshotUnusableError,
} from '../../../src/domain/failure/errors.ts';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import { thisMaker } from '../../../src/sandbox/maker.ts';
import { bubblewrapProblem } from '../../../src/sandbox/bubblewrap/bubblewrap-problem.ts';
import type { Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { type BubblewrapHost, createBubblewrapHost } from './bubblewrap-host.ts';
import { aCommand, aSandbox, endAll, eventually, output } from '../contract-host.ts';
import { hostProcesses } from '../host-processes.ts';

describe('bubblewrap sandboxes', () => {
  let host: BubblewrapHost;
  let sandboxes: Sandboxes;

  beforeEach(async () => {
    host = await createBubblewrapHost();
    sandboxes = host.open();
    await mkdir(host.stateDir, { recursive: true });
  });
  afterEach(async () => {
    await endAll(sandboxes);
    await host.cleanUp();
  });

  const supervisorOf = async (id: string): Promise<number> => {
    const identity = await readFile(path.join(host.stateDir, id, 'supervisor.pid'), 'utf8');
    return Number(identity.split(' ')[0]);
  };
  const isGone = async (id: string): Promise<boolean> => !(await readdir(host.stateDir)).includes(id);

  it('ends all commands with a supervisor that is killed, and removes what is left', async () => {
    const sandbox = await sandboxes.create(aSandbox(host));
    const lost = expect(sandbox.run(aCommand('setsid sleep 65432 & sleep 65432'))).rejects.toThrow(SandboxGoneError);
    await eventually(async () => (await hostProcesses('sleep\u000065432')).length === 2);
    process.kill(await supervisorOf(sandbox.id), 'SIGKILL');
    await lost;
    await eventually(async () => (await hostProcesses('sleep\u000065432')).length === 0);
    await expect(sandbox.run(aCommand('true'))).rejects.toThrow(SandboxGoneError);
    expect(await sandboxes.list()).toMatchObject([{ id: sandbox.id, alive: false, labels: { episode: 'one' } }]);
    await sandbox.destroy();
    expect(await isGone(sandbox.id)).toBe(true);
  });

  it('boots anew under the id of a dead sandbox', async () => {
    const request = aSandbox(host);
    const first = await sandboxes.create(request);
    await first.write('/tmp/old', Buffer.from('x'));
    process.kill(await supervisorOf(first.id), 'SIGKILL');
    const second = await host.open().create(request);
    expect(await second.read('/tmp/old', { maxBytes: 9 })).toEqual({ found: false, problem: 'missing' });
  });

  it('destroys a sandbox whose supervisor hangs', async () => {
    const { id } = await sandboxes.create(aSandbox(host));
    await sandboxes.close();
    process.kill(await supervisorOf(id), 'SIGSTOP');
    await host.open().destroy(id);
    expect(await isGone(id)).toBe(true);
  });

  it('lists a sandbox whose worker died before it was booted, and removes it', async () => {
    const { id } = await sandboxes.create(aSandbox(host));
    const description = await readFile(path.join(host.stateDir, id, 'sandbox.json'));
    await mkdir(path.join(host.stateDir, 'half-made'));
    await writeFile(path.join(host.stateDir, 'half-made', 'sandbox.json'), description);
    const listing = (await sandboxes.list()).find((found) => found.id === 'half-made');
    expect(listing).toMatchObject({ alive: false, labels: { deployment: 'tests' } });
    await sandboxes.destroy('half-made');
    expect(await isGone('half-made')).toBe(true);
  });

  it('tidies up what makers left who are gone, and nothing that somebody is at', async () => {
    const gone = thisMaker().replace(/\d+$/, '1');
    await (await sandboxes.create(aSandbox(host))).destroy();
    for (const name of [`.new-${gone}-a`, `.new-${thisMaker()}-b`, `.trees/.new-${gone}`]) {
      await mkdir(path.join(host.stateDir, name, 'closed'), { recursive: true });
      await chmod(path.join(host.stateDir, name, 'closed'), 0);
    }
    const removed = [path.join(host.stateDir, `.new-${gone}-a`), path.join(host.stateDir, '.trees', `.new-${gone}`)];
    expect(await sandboxes.tidy()).toEqual(removed);
    expect((await readdir(host.stateDir)).filter((name) => name.startsWith('.new-'))).toEqual([
      `.new-${thisMaker()}-b`,
    ]);
    expect(await readdir(path.join(host.stateDir, '.trees'))).toHaveLength(1);
  });

  it('ends by itself when its directory is removed', async () => {
    const { id } = await sandboxes.create(aSandbox(host));
    const pid = await supervisorOf(id);
    // The overlay's own directories have no permissions, which stops whoever is not root.
    await once(spawn('chmod', ['-R', 'u+rwx', path.join(host.stateDir, id, 'work')]), 'close');
    await rm(path.join(host.stateDir, id), { recursive: true });
    await eventually(async () => !(await hostProcesses(host.stateDir)).some((line) => line.startsWith(`${pid} `)));
  });

  it('does not change when its source is edited, and a later one does', async () => {
    const readme = path.join(host.directory, 'source', 'README');
    const before = await sandboxes.create(aSandbox(host));
    await writeFile(readme, 'edited\n');
    const after = await sandboxes.create(aSandbox(host));
    expect(await output(before, 'cat README')).toBe('hello');
    expect(await output(after, 'cat README')).toBe('edited');
  });

  it("shows an environment's node_modules where every lookup of Node.js ends", async () => {
    const environment = path.join(host.directory, 'environment');
    await mkdir(path.join(environment, 'node_modules', 'runner'), { recursive: true });
    await writeFile(path.join(environment, 'node_modules', 'runner', 'index.js'), 'ours\n');
    const source = { kind: 'directory', directory: path.join(host.directory, 'source'), environment } as const;
    const sandbox = await sandboxes.create(aSandbox(host, { source }));
    const script = 'cat /node_modules/runner/index.js; touch /node_modules/x 2>/dev/null || echo read-only; ls';
    expect(await output(sandbox, script)).toBe('ours\nread-only\nREADME\nsrc');
    expect(await output(await sandboxes.create(aSandbox(host)), 'ls -d /node_modules || echo none')).toMatch(/none$/);
  });

  it('shows what was compiled, read-only, and the variables that lead there', async () => {
    const compiled = path.join(host.directory, 'compiled');
    await mkdir(compiled, { recursive: true });
    await writeFile(path.join(compiled, 'about'), 'ours\n');
    const request = aSandbox(host, { compiled: { directory: compiled, variables: { GOCACHEPROG: 'a program' } } });
    const script = 'cat /opt/compiled/about; echo "$GOCACHEPROG"; touch /opt/compiled/x 2>/dev/null || echo read-only';
    expect(await output(await sandboxes.create(request), script)).toBe('ours\na program\nread-only');
  });

  it('leaves what it was shown where it is when it ends', async () => {
    const shown = ['source', 'environment', 'compiled'].map((name) => path.join(host.directory, name));
    const [directory = '', environment = '', compiled = ''] = shown;
    for (const place of [environment, compiled]) {
      await mkdir(place, { recursive: true });
      await writeFile(path.join(place, 'README'), 'ours\n');
    }
    const source = { kind: 'directory', directory, environment } as const;
    for (const changes of [{ source }, { source, compiled: { directory: compiled, variables: {} } }]) {
      const sandbox = await sandboxes.create(aSandbox(host, changes));
      await sandbox.destroy();
      expect(await readdir(host.stateDir)).not.toContain(sandbox.id);
    }
    for (const place of shown) expect(await readdir(place)).toContain('README');
  });

  it('puts the programs of an environment first on the path, read-only', async () => {
    const environment = path.join(host.directory, 'environment');
    await mkdir(path.join(environment, 'bin'), { recursive: true });
    await writeFile(path.join(environment, 'bin', 'env'), '#!/bin/sh\necho ours\n', { mode: 0o755 });
    const source = { kind: 'directory', directory: path.join(host.directory, 'source'), environment } as const;
    const sandbox = await sandboxes.create(aSandbox({ source }));
    expect(await output(sandbox, 'env; touch /opt/environment/x 2>/dev/null || echo read-only')).toBe(
      'ours\nread-only',
    );
    const missing = { ...source, environment: '/no/environment' };
    await expect(sandboxes.create(aSandbox({ source: missing }))).rejects.toThrow(ImageNotFoundError);
    const compiled = { directory: '/no/compiled', variables: {} };
    const boot = sandboxes.create(aSandbox({ source }, { compiled }));
    await expect(boot).rejects.toThrow(SandboxUnavailableError);
    await expect(boot).rejects.toThrow('/no/compiled, was taken away');
  });

  it('says what is wrong with a source', async () => {
    const empty = path.join(host.directory, 'empty');
    await mkdir(empty);
    for (const [directory, problem] of [
      [empty, /is empty/],
      [path.join(host.directory, 'source', 'README'), /not a directory/],
    ] as const) {
      const creation = sandboxes.create(aSandbox({ source: { kind: 'directory', directory } }));
      await expect(creation).rejects.toThrow(ImageNotFoundError);
      await expect(creation).rejects.toThrow(problem);
    }
    await expect(sandboxes.create(aSandbox({ source: { kind: 'image', image: 'x' } }))).rejects.toThrow(/docker/);
    expect(await readdir(host.stateDir)).not.toContainEqual(expect.stringMatching(/^test-/));
  });

  it.each([
    ['bwrap is missing', { bwrap: '/no/bwrap' }, /\/no\/bwrap cannot be run.*apt-get install bubblewrap/],
    ['bwrap is refused', { bwrap: '/bin/false' }, /\/bin\/false cannot be run/],
    ['python3 is missing', { python: '/no/python3' }, /\/no\/python3.*apt-get install python3/],
    ['the state directory cannot be written to', { stateDir: '/proc/nowhere' }, /\/proc\/nowhere.*choose a state/i],
  ])('says what to do when %s', async (_, options, message) => {
    const broken = createBubblewrapSandboxes({ stateDir: host.stateDir, ...options });
    const creation = broken.create(aSandbox(host));
    await expect(creation).rejects.toThrow(SandboxUnavailableError);
    await expect(creation).rejects.toThrow(message);
  });

  it('has nothing to complain about on a machine where it works', async () => {
    expect(await bubblewrapProblem({ bwrap: '/usr/bin/bwrap', python: '/usr/bin/python3' })).toBeUndefined();
  });

  it.each([
    ['not a snapshot', Buffer.from('garbage')],
    ['an archive of something else', gzipSync(Buffer.alloc(10_240))],
    ['a path that leads out', snapshotOf('upper/../../../escape')],
    ['an absolute path', snapshotOf('/tmp/escape')],
    ['an unknown part', snapshotOf('work/escape')],
  ])('refuses %s as a snapshot and leaves nothing behind', async (_, snapshot) => {
    const creation = sandboxes.create(aSandbox(host, { snapshot }));
    await expect(creation).rejects.toThrow(SnapshotUnusableError);
    expect(await sandboxes.list()).toEqual([]);
  });

  it('restores hostile links without ever following them', async () => {
    const target = path.join(host.directory, 'outside');
    await mkdir(target);
    await chmod(target, 0o777);
    const hostile = snapshotOf('upper/link/intruder', { link: target });
    await sandboxes.create(aSandbox(host, { snapshot: hostile })).catch(() => undefined);
    expect(await readdir(target)).toEqual([]);
  });

  it('keeps any number of long outputs in a single descriptor', async () => {
    const sandbox = await sandboxes.create(aSandbox(host));
    const descriptors = async (): Promise<number> =>
      (await readdir(`/proc/${await supervisorOf(sandbox.id)}/fd`)).length;
    const longOutput = (number: number) =>
      aCommand(`head -c 200000 /dev/zero; echo ${number}`, { id: `long-${number}` });
    await sandbox.run(longOutput(0));
    const before = await descriptors();
    for (let number = 1; number <= 20; number++) await sandbox.run(longOutput(number));
    // Those of a command that has just ended may still be open; one for each output would be twenty more.
    expect(await descriptors()).toBeLessThan(before + 10);
    const again = await sandbox.run(longOutput(3));
    expect(Buffer.from(again.stdout.tail).toString().slice(-2)).toBe('3\n');
  });

  it('serves nothing to a connection that does not speak its protocol, and says why', async () => {
    const sandbox = await sandboxes.create(aSandbox(host));
    const directory = await open(path.join(host.stateDir, sandbox.id));
    const log = async (): Promise<string[]> =>
      (await readFile(path.join(host.stateDir, sandbox.id, 'supervisor.log'), 'utf8')).trim().split('\n');
    let refused = 0;
    for (const garbage of [
      Buffer.alloc(8, 255),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from('\0\0\0\x02\0\0\0\0{]'),
      Buffer.from('\0\0\0\x02\0\0\0\0{}'),
      Buffer.from('\0\0\0\x02\0\0\0\0[]'),
    ]) {
      const socket = connect(`/proc/self/fd/${directory.fd}/supervisor.sock`);
      socket.on('error', () => undefined);
      const said: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => said.push(chunk));
      socket.write(garbage);
      await once(socket, 'close');
      expect(Buffer.concat(said).toString()).toContain('this is no request');
      expect(await log()).toHaveLength(++refused);
    }
    await directory.close();
    await sleep(10);
    expect(await output(sandbox, 'echo alive')).toBe('alive');
  });
});

/** A snapshot in the supervisor's format with one file, below a link where one is given. */
function snapshotOf(name: string, { link }: { readonly link?: string } = {}): Uint8Array {
  const comment = '30 comment=sandbox-snapshot-1\n';
  const parts = [entry('pax', 'g', comment)];
  if (link !== undefined) parts.push(entry(path.dirname(name), '2', '', link));
  parts.push(entry(name, '0', 'intruder'), Buffer.alloc(1024));
  return gzipSync(Buffer.concat(parts));
}

function entry(name: string, kind: string, content: string, link = ''): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0'.repeat(2), 108);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0        ', 136);
  header.write(kind, 156);
  header.write(link, 157);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}
