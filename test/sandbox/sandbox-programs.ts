import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandResult, Sandbox, Sandboxes } from '../../src/sandbox/sandbox.ts';
import { aCommand, aSandbox, type ContractHost, endAll, LONG_MS, output, text } from './contract-host.ts';
import { hostProcesses } from './host-processes.ts';

/** The part of suite 1 that needs real programs: for adapters that declare them. */
export function describeRealPrograms(name: string, makeHost: () => Promise<ContractHost>): void {
  describe(`${name} keeps the contract with real programs`, { timeout: 2 * LONG_MS }, () => {
    let host: ContractHost;
    let sandboxes: Sandboxes;
    let sandbox: Sandbox;

    beforeAll(async () => {
      host = await makeHost();
      sandboxes = host.open();
      sandbox = await sandboxes.create(aSandbox(host));
    });
    afterAll(async () => {
      await endAll(sandboxes);
      await host.cleanUp();
    });

    it.each([
      ['kill -TERM $$', 143],
      ['kill -KILL $$', 137],
    ])('reports the signal of "%s" as a shell does', async (script, exitCode) => {
      expect(await sandbox.run(aCommand(script))).toMatchObject({ ending: 'exited', exitCode });
    });

    it('reports a program or directory that is not there as an exit code with a sentence', async () => {
      const program = await sandbox.run(aCommand('', { argv: ['no-such-program'] }));
      expect(program).toMatchObject({ ending: 'exited', exitCode: 127 });
      expect(text(program.stdout)).toContain('no-such-program');
      const directory = await sandbox.run(aCommand('true', { cwd: '/no/such/place' }));
      expect(directory).toMatchObject({ ending: 'exited', exitCode: 125 });
      expect(text(directory.stdout)).toContain('/no/such/place');
    });

    it('keeps the order of standard output and error', async () => {
      const result = await sandbox.run(aCommand('echo one; echo two >&2; echo three'));
      expect(text(result.stdout)).toBe('one\ntwo\nthree\n');
    });

    it('reports a command that is too long for the system as an exit code', async () => {
      const result = await sandbox.run(aCommand('', { argv: ['true', 'x'.repeat(1_000_000)] }));
      expect(result).toMatchObject({ ending: 'exited', exitCode: 126 });
      expect(text(result.stdout)).toContain('Argument list too long');
    });

    it('keeps what a command printed before its deadline', async () => {
      // Long enough that the first words are out on any machine.
      const result = await sandbox.run(aCommand('echo early; sleep 1000', { timeoutMs: 3000 }));
      expect(result.ending).toBe('timed-out');
      expect(text(result.stdout)).toBe('early\n');
    });

    it('kills everything at the deadline, also what moved to another session or lost its parent', async () => {
      const escape = 'setsid sleep 98765 & (setsid nohup sleep 98765 >/dev/null 2>&1 &); trap "" TERM; sleep 98765';
      const result = await sandbox.run(aCommand(escape, { timeoutMs: 1500 }));
      expect(result.ending).toBe('timed-out');
      expect(await hostProcesses('sleep\u000098765')).toEqual([]);
    });

    it.each([1, 3, 10, 20])('leaves no process behind a deadline of %i ms', async (timeoutMs) => {
      const runs = Array.from({ length: 4 }, () => sandbox.run(aCommand('exec sleep 87654', { timeoutMs })));
      for (const result of await Promise.all(runs)) expect(result.ending).toBe('timed-out');
      expect(await hostProcesses('sleep\u000087654')).toEqual([]);
    });

    it('gives the result when the program ends, although a background process holds its output', async () => {
      const result = await sandbox.run(aCommand('echo before; sleep 76543 & echo after'));
      expect(result).toMatchObject({ ending: 'exited', exitCode: 0 });
      expect(text(result.stdout)).toBe('before\nafter\n');
      expect(result.durationMs).toBeLessThan(LONG_MS);
      if (!sandboxes.capabilities.backgroundProcesses) expect(await hostProcesses('sleep\u000076543')).toEqual([]);
    });

    it('takes 200 MB of output with bounded memory', async () => {
      const before = process.memoryUsage().rss;
      const flood = 'head -c 200000000 /dev/zero | tr "\\0" x; echo end';
      const { stdout } = await sandbox.run(aCommand(flood, { outputCapBytes: 10_000 }));
      expect(stdout.droppedBytes).toBe(200_000_004 - 10_000);
      expect(Buffer.from(stdout.tail).toString().endsWith('xxend\n')).toBe(true);
      expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
      for (const kilobytes of await supervisorPeaks()) expect(kilobytes).toBeLessThan(100_000);
    });

    it('keeps characters whole that arrive in pieces', async () => {
      const pieces = `for i in 1 2 3 4 5; do printf '\\342'; sleep 0.02; printf '\\202'; sleep 0.02; printf '\\254'; done`;
      expect(text((await sandbox.run(aCommand(pieces))).stdout)).toBe('€€€€€');
    });

    it('returns a large result whole, again and again', async () => {
      const command = aCommand('head -c 3000000 /dev/urandom', { outputCapBytes: 4_000_000 });
      const first = await sandbox.run(command);
      const second = await sandbox.run(command);
      expect(first.stdout.droppedBytes).toBe(0);
      expect(first.stdout.head.length + first.stdout.tail.length).toBe(3_000_000);
      expect(Buffer.from(second.stdout.tail).equals(first.stdout.tail)).toBe(true);
    });

    it('never writes or reads through a symbolic link', async () => {
      await output(sandbox, 'echo safe > /tmp/target; ln -s /tmp/target /repo/link; ln -s /etc/passwd /repo/etc-link');
      for (const link of ['/repo/link', '/repo/etc-link']) {
        expect(await sandbox.write(link, Buffer.from('x'))).toEqual({ written: false, problem: 'symbolic-link' });
        expect(await sandbox.read(link, { maxBytes: 9 })).toEqual({ found: false, problem: 'symbolic-link' });
      }
      expect(await output(sandbox, 'cat /tmp/target')).toBe('safe');
    });

    it('cannot be redirected out of the sandbox by a linked directory', async () => {
      await output(sandbox, 'ln -s / /repo/up; ln -s /proc/self/root /repo/out; ln -s ../../../../../.. /repo/dots');
      const name = `escape-${randomUUID()}`;
      for (const parent of ['up', 'out', 'dots']) {
        expect((await sandbox.write(`/repo/${parent}/${name}`, Buffer.from('x'))).written).toBe(false);
        expect((await sandbox.read(`/repo/${parent}/etc/shadow`, { maxBytes: 9 })).found).toBe(false);
        expect((await sandbox.read(`/repo/${parent}/proc/1/environ`, { maxBytes: 9 })).found).toBe(false);
      }
    });

    it('states what is not a regular file, without waiting for it', async () => {
      await output(sandbox, 'mkdir /tmp/dir; mkfifo /tmp/fifo; touch /tmp/closed /tmp/plain; chmod 000 /tmp/closed');
      expect(await sandbox.read('/tmp/dir', { maxBytes: 9 })).toEqual({ found: false, problem: 'not-a-file' });
      expect(await sandbox.read('/tmp/fifo', { maxBytes: 9 })).toEqual({ found: false, problem: 'not-a-file' });
      expect(await sandbox.read('/tmp/closed', { maxBytes: 9 })).toEqual({ found: false, problem: 'not-permitted' });
      expect(await sandbox.write('/tmp/dir', Buffer.from('x'))).toEqual({ written: false, problem: 'not-a-file' });
      expect(await sandbox.write('/tmp/fifo', Buffer.from('x'))).toEqual({ written: false, problem: 'not-a-file' });
      expect(await sandbox.write('/etc/passwd', Buffer.from('x'))).toEqual({
        written: false,
        problem: 'not-permitted',
      });
      expect(await sandbox.write('/tmp/plain/x', Buffer.from('x'))).toEqual({
        written: false,
        problem: 'not-a-directory',
      });
    });

    it('writes as the agent, executable when asked to', async () => {
      await sandbox.write('/repo/tool', Buffer.from('#!/bin/sh\necho tool runs\n'), { executable: true });
      await sandbox.write('/repo/plain', Buffer.from('x'));
      expect(await output(sandbox, './tool; stat -c %U,%a plain')).toBe('tool runs\nagent,644');
    });

    it('shows a tree that belongs to the agent, in which git works', async () => {
      const script = 'echo changed >> README; touch src/new; rm src/old; id -un; stat -c %U . src src/kept; ls src';
      expect((await output(sandbox, script)).split('\n')).toEqual([
        ...['agent', 'agent', 'agent', 'agent'],
        ...['gone', 'kept', 'new', 'replaced'],
      ]);
      expect(await output(sandbox, 'git init -q && git add -A && git status --porcelain | head -1')).toMatch(/^A/);
    });

    it('snapshots deletions, modes, links, empty directories and the agent’s home', async () => {
      const first = await sandboxes.create(aSandbox(host));
      await output(
        first,
        `rm -r src/gone; rm README; mkdir src/empty; chmod 750 src/empty; ln -s nowhere dangling; ln -s / root-link
         rm -r src/replaced; mkdir src/replaced; echo new > src/replaced/new; printf '\\001' > "bad-$(printf '\\377')-name"
         echo x > hard-one; ln hard-one hard-two; touch -d '2001-02-03 04:05:06.123456789' dated; mkfifo pipe
         chmod 600 src/kept; mkdir -m 000 closed; echo h > ~/.config; mkdir /tmp/scratch; umask 077; touch /tmp/secret`,
      );
      const describeAll =
        'find /repo /tmp ~ -mindepth 1 ! -name closed -printf "%p %y %m %n %l %T@\\n" | sort; find /repo -type f | sort | xargs -d "\\n" md5sum; stat -c %a closed';
      const before = await output(first, describeAll);
      const snapshot = await first.snapshot();
      expect(Buffer.from(await first.snapshot()).equals(snapshot)).toBe(true);
      const second = await sandboxes.create(aSandbox(host, { snapshot }));
      expect(await output(second, describeAll)).toBe(before);
      expect(await output(second, 'ls src/replaced; ls -d src/gone README 2>/dev/null || true')).toBe('new');
      expect(Buffer.from(await second.snapshot()).equals(snapshot)).toBe(true);
      await first.destroy();
      await second.destroy();
    });

    it('runs our own tools on a log without any tree', async () => {
      const tools = await sandboxes.create(aSandbox(host, { source: { kind: 'tools' } }));
      const parser = 'import json,sys; print(json.dumps({line.split()[1]: "passed" for line in sys.stdin}))';
      const stdin = Buffer.from('ok test_one\nok test_two\n');
      const argv = ['python3', '-c', parser] as const;
      const result: CommandResult = await tools.run(aCommand('', { argv, stdin, separateStderr: true }));
      expect(text(result.stdout)).toBe('{"test_one": "passed", "test_two": "passed"}\n');
      await tools.destroy();
    });

    it('tells test runners their share of cores', async () => {
      expect(await output(sandbox, 'echo $GOMAXPROCS $PYTEST_XDIST_AUTO_NUM_WORKERS')).toBe('2 2');
    });
  });
}

/** The peak memory of every supervisor on this host, in kilobytes. */
async function supervisorPeaks(): Promise<readonly number[]> {
  const supervisors = await hostProcesses('supervisor.main');
  return Promise.all(
    supervisors.map(async (line) => {
      const status = await readFile(`/proc/${line.split(' ')[0] ?? ''}/status`, 'utf8').catch(() => '');
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
    }),
  );
}
