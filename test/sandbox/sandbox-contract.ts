import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ImageNotFoundError, SandboxGoneError } from '../../src/domain/failure/errors.ts';
import type { Sandbox, Sandboxes } from '../../src/sandbox/sandbox.ts';
import {
  aCommand,
  aSandbox,
  type ContractFeatures,
  type ContractHost,
  endAll,
  eventually,
  LONG_MS,
  text,
} from './contract-host.ts';
import { describeRealPrograms } from './sandbox-programs.ts';

/** Suite 1: what every adapter of the sandbox port does. */
export function describeSandboxContract(
  name: string,
  features: ContractFeatures,
  makeHost: () => Promise<ContractHost>,
): void {
  if (features.realPrograms) describeRealPrograms(name, makeHost);
  describe(`${name} keeps the contract of sandboxes`, { timeout: 2 * LONG_MS }, () => {
    let host: ContractHost;
    let sandboxes: Sandboxes;
    let shared: Sandbox;
    const workers: Sandboxes[] = [];
    const openWorker = (): Sandboxes => {
      const worker = host.open();
      workers.push(worker);
      return worker;
    };

    beforeAll(async () => {
      host = await makeHost();
      sandboxes = host.open();
      shared = await sandboxes.create(aSandbox(host));
    });
    afterEach(async () => {
      for (const worker of workers.splice(0)) await worker.close();
    });
    afterAll(async () => {
      await endAll(sandboxes);
      await host.cleanUp();
    });

    describe('commands', () => {
      it.each([
        ['exit 0', 0],
        ['exit 3', 3],
        ['exit 255', 255],
      ])('reports the exit code of "%s"', async (script, exitCode) => {
        expect(await shared.run(aCommand(script))).toMatchObject({ ending: 'exited', exitCode });
      });

      it('merges standard error into standard output', async () => {
        const result = await shared.run(aCommand('echo out; echo error >&2'));
        expect(text(result.stdout)).toBe('out\nerror\n');
        expect(text(result.stderr)).toBe('');
      });

      it('keeps standard error apart when asked to', async () => {
        const result = await shared.run(aCommand('echo out; echo error >&2; echo out', { separateStderr: true }));
        expect(text(result.stdout)).toBe('out\nout\n');
        expect(text(result.stderr)).toBe('error\n');
      });

      it('passes standard input, environment and arguments unchanged', async () => {
        const stdin = Buffer.from([0, 255, 10, 13, 128]);
        const result = await shared.run(aCommand('cat', { stdin }));
        expect(Buffer.concat([result.stdout.head, result.stdout.tail])).toEqual(stdin);
        const argv = ['printenv', 'GREETING'] as const;
        const greeted = await shared.run(aCommand('', { argv, env: { GREETING: 'grüß "dich"\n$HOME' } }));
        expect(text(greeted.stdout)).toBe('grüß "dich"\n$HOME\n');
      });

      it('keeps the head and the tail of a long output and counts what it left out', async () => {
        const { stdout } = await shared.run(aCommand('seq 1 10000', { outputCapBytes: 20 }));
        expect(Buffer.from(stdout.head).toString()).toBe('1\n2\n3\n4\n5\n');
        expect(Buffer.from(stdout.tail).toString()).toBe('999\n10000\n');
        expect(stdout.droppedBytes).toBe(48_894 - 20);
      });

      it('ends a command at its deadline and keeps its output so far', async () => {
        const result = await shared.run(aCommand('echo early; sleep 1000', { timeoutMs: 700 }));
        expect(result).toMatchObject({ ending: 'timed-out', exitCode: null });
      });

      it('ends a command in its middle when the caller aborts', async () => {
        const stop = new AbortController();
        const running = shared.run(aCommand('sleep 1000'), { signal: stop.signal });
        await sleep(200);
        stop.abort();
        expect(await running).toMatchObject({ ending: 'cancelled', exitCode: null });
      });

      it('does not start a command that is aborted beforehand', async () => {
        const result = await shared.run(aCommand('exit 3'), { signal: AbortSignal.abort() });
        expect(result.ending).toBe('cancelled');
      });

      it('runs commands at the same time', async () => {
        const slow = shared.run(aCommand('sleep 1000', { id: 'slow', timeoutMs: 3000 }));
        const quick = await Promise.all([1, 2, 3].map((code) => shared.run(aCommand(`exit ${code}`))));
        expect(quick.map((result) => result.exitCode)).toEqual([1, 2, 3]);
        expect((await slow).ending).toBe('timed-out');
      });

      it('does not run the same command id twice, neither afterwards nor at the same time', async () => {
        const command = aCommand('echo run >> /tmp/count; sleep 0.2; cat /tmp/count');
        const both = await Promise.all([shared.run(command), shared.run(command)]);
        const again = await shared.run(command);
        const elsewhere = await (await openWorker().attach(shared.id)).run(command);
        expect([...both, again, elsewhere].map((result) => text(result.stdout))).toEqual(Array(4).fill('run\n'));
      });
    });

    describe('files', () => {
      it('writes and reads any bytes, making parents', async () => {
        const content = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 7) % 256);
        expect(await shared.write('/repo/new/deep/file.bin', content)).toEqual({ written: true });
        const reading = await shared.read('/repo/new/deep/file.bin', { maxBytes: 100_000 });
        expect(reading.found && Buffer.from(reading.content).equals(content)).toBe(true);
      });

      it('states why a file cannot be read', async () => {
        await shared.write('/repo/big', new Uint8Array(11));
        expect(await shared.read('/repo/absent', { maxBytes: 10 })).toEqual({ found: false, problem: 'missing' });
        expect(await shared.read('/repo/big', { maxBytes: 10 })).toEqual({ found: false, problem: 'too-large' });
      });

      it('replaces a file that is there', async () => {
        await shared.write('/repo/replaced', Buffer.from('a longer text'));
        await shared.write('/repo/replaced', Buffer.from('short'));
        const reading = await shared.read('/repo/replaced', { maxBytes: 100 });
        expect(reading.found && Buffer.from(reading.content).toString()).toBe('short');
      });

      it('writes with an id once, whoever repeats it, and tells that it did', async () => {
        const path = '/repo/written-once';
        expect(await shared.findWriting('once')).toBeUndefined();
        await Promise.all([shared.write(path, Buffer.from('one'), { id: 'once' }), shared.findWriting('once')]);
        await shared.write(path, Buffer.from('two'));
        const elsewhere = await openWorker().attach(shared.id);
        expect(await elsewhere.write(path, Buffer.from('one'), { id: 'once' })).toEqual({ written: true });
        expect(await elsewhere.findWriting('once')).toEqual({ written: true });
        const reading = await shared.read(path, { maxBytes: 100 });
        expect(reading.found && Buffer.from(reading.content).toString()).toBe('two');
      });

      it('keeps and tells whether a file is executable', async () => {
        const isExecutable = async (path: string) => {
          const reading = await shared.read(path, { maxBytes: 100 });
          return reading.found && reading.executable;
        };
        await shared.write('/repo/plain', Buffer.from('text'));
        await shared.write('/repo/program', Buffer.from('#!/bin/sh'), { executable: true });
        expect([await isExecutable('/repo/plain'), await isExecutable('/repo/program')]).toEqual([false, true]);
        await shared.write('/repo/program', Buffer.from('#!/bin/bash'));
        await shared.write('/repo/plain', Buffer.from('#!/bin/bash'), { executable: true });
        expect([await isExecutable('/repo/plain'), await isExecutable('/repo/program')]).toEqual([true, true]);
      });

      it('hides files, and directories with all that is below them, as often as it is asked to', async () => {
        for (const name of ['hidden', 'below/hidden', 'beside'])
          await shared.write(`/repo/${name}`, Buffer.from('text'));
        const entries = [
          { path: '/repo/hidden', directory: false },
          { path: '/repo/below', directory: true },
        ];
        await shared.hide(entries);
        await shared.hide(entries);
        expect(await shared.read('/repo/hidden', { maxBytes: 100 })).toEqual({ found: false, problem: 'missing' });
        expect((await shared.read('/repo/below/hidden', { maxBytes: 100 })).found).toBe(false);
        expect((await shared.read('/repo/beside', { maxBytes: 100 })).found).toBe(true);
      });

      it('shows the source at the root of the tree', async () => {
        const reading = await shared.read(`${shared.treeRoot}/README`, { maxBytes: 100 });
        expect(reading.found && Buffer.from(reading.content).toString()).toBe('hello\n');
      });
    });

    describe('life', () => {
      it('adopts a living sandbox instead of making a second one', async () => {
        const request = aSandbox(host);
        const first = await sandboxes.create(request);
        await first.write('/repo/mark', Buffer.from('mine'));
        const second = await openWorker().create(request);
        expect((await second.read('/repo/mark', { maxBytes: 10 })).found).toBe(true);
        await first.destroy();
      });

      it('lists every sandbox with its labels', async () => {
        const labels = { deployment: 'tests', run: 'listing', episode: 'seven' };
        const { id, destroy } = await sandboxes.create(aSandbox(host, { labels, lifetimeSeconds: 100 }));
        const listing = (await openWorker().list()).find((found) => found.id === id);
        expect(listing).toMatchObject({ id, labels, alive: true });
        expect(Math.abs((listing?.expiresAtMs ?? 0) - Date.now() - 100_000)).toBeLessThan(LONG_MS);
        await destroy();
        expect((await sandboxes.list()).map((found) => found.id)).not.toContain(id);
      });

      it('destroys a sandbox twice, and one that never was', async () => {
        const sandbox = await sandboxes.create(aSandbox(host));
        await sandbox.destroy();
        await sandbox.destroy();
        await sandboxes.destroy('never-was');
        await expect(sandbox.run(aCommand('exit 0'))).rejects.toThrow(SandboxGoneError);
        await expect(sandboxes.attach(sandbox.id)).rejects.toThrow(SandboxGoneError);
      });

      it('gives up a command whose sandbox is destroyed', async () => {
        const sandbox = await sandboxes.create(aSandbox(host));
        const running = sandbox.run(aCommand('sleep 1000'));
        const outcome = expect(running).rejects.toThrow(SandboxGoneError);
        await sleep(200);
        await openWorker().destroy(sandbox.id);
        await outcome;
      });

      it('ends when its lifetime is over, whoever is connected', async () => {
        const sandbox = await sandboxes.create(aSandbox(host, { lifetimeSeconds: 1 }));
        await eventually(async () => !(await sandboxes.list()).some(({ id }) => id === sandbox.id));
        await expect(sandbox.run(aCommand('exit 0'))).rejects.toThrow(SandboxGoneError);
      });

      it('ends when no client has come back within the lease, and a look at it is no client', async () => {
        const worker = openWorker();
        const { id } = await worker.create(aSandbox(host, { leaseSeconds: 1 }));
        await sleep(1500);
        expect((await sandboxes.list()).some((found) => found.id === id)).toBe(true);
        await worker.close();
        await eventually(async () => !(await sandboxes.list()).some((found) => found.id === id));
      });

      it('keeps the result of a command whose client went away', async () => {
        const request = aSandbox(host);
        const worker = openWorker();
        const command = aCommand('sleep 0.5; echo done', { id: 'survives' });
        const lost = (await worker.create(request)).run(command).catch(() => undefined);
        await sleep(100);
        await worker.close();
        const sandbox = await sandboxes.attach(request.id);
        expect(text((await sandbox.run(command)).stdout)).toBe('done\n');
        await lost;
        await sandbox.destroy();
      });

      it('starts from a snapshot', async () => {
        const sandbox = await sandboxes.create(aSandbox(host));
        await sandbox.write('/repo/added', Buffer.from('in the snapshot'));
        await sandbox.write('/tmp/scratch', Buffer.from('too'), { executable: true });
        const snapshot = await sandbox.snapshot();
        await sandbox.destroy();
        const restored = await openWorker().create(aSandbox(host, { snapshot }));
        for (const [path, content] of [
          ['/repo/added', 'in the snapshot'],
          ['/tmp/scratch', 'too'],
          ['/repo/README', 'hello\n'],
        ] as const) {
          const reading = await restored.read(path, { maxBytes: 100 });
          expect(reading.found && Buffer.from(reading.content).toString()).toBe(content);
        }
        expect(Buffer.from(await restored.snapshot()).equals(snapshot)).toBe(true);
        await restored.destroy();
      });

      it('says that a source is not there', async () => {
        await expect(sandboxes.create(aSandbox(host, { source: host.missingSource }))).rejects.toThrow(
          ImageNotFoundError,
        );
      });

      it('refuses an id that is no plain name', async () => {
        await expect(sandboxes.create(aSandbox(host, { id: '../escape' }))).rejects.toThrow(RangeError);
        await expect(sandboxes.create(aSandbox(host, { id: '.hidden' }))).rejects.toThrow(RangeError);
      });
    });
  });
}
