import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ImageNotFoundError, SandboxGoneError } from '../../src/domain/errors.ts';
import type { SandboxSource } from '../../src/domain/subject.ts';
import type {
  CappedOutput,
  Command,
  CommandResult,
  Sandbox,
  Sandboxes,
  SandboxRequest,
} from '../../src/sandbox/sandbox.ts';

/**
 * What an adapter can show beyond the core of the contract. A fake declares none of it; an adapter that runs real
 * programs declares all of it, so nothing is left out silently.
 */
export interface ContractFeatures {
  /** Commands are real processes on a real file system. */
  readonly realPrograms: boolean;
}

/** One host with one state; every `open` is a worker of its own on it, whose connections are its own. */
export interface ContractHost {
  readonly features: ContractFeatures;
  readonly source: SandboxSource;
  readonly missingSource: SandboxSource;
  open(): Sandboxes;
  /** Ends everything and throws when something was left behind. */
  cleanUp(): Promise<void>;
}

export const LIMITS = { memoryBytes: 1024 ** 3, processes: 200, fileBytes: 512 * 1024 ** 2, cores: 2 };
// Only for what must never be reached: a loaded machine may be slow, and no test asserts speed.
const LONG_MS = 60_000;

export function aSandbox(host: Pick<ContractHost, 'source'>, changes: Partial<SandboxRequest> = {}): SandboxRequest {
  return {
    id: `test-${randomUUID().slice(0, 8)}`,
    source: host.source,
    labels: { deployment: 'tests', run: 'contract', episode: 'one' },
    lifetimeSeconds: 300,
    leaseSeconds: 60,
    limits: LIMITS,
    ...changes,
  };
}

export function aCommand(script: string, changes: Partial<Command> = {}): Command {
  return { id: randomUUID(), argv: ['sh', '-c', script], timeoutMs: LONG_MS, outputCapBytes: 65_536, ...changes };
}

export function text({ head, tail }: CappedOutput): string {
  return Buffer.concat([head, tail]).toString();
}

/** Runs a script that has to succeed and returns what it printed. */
export async function output(sandbox: Sandbox, script: string): Promise<string> {
  const result = await sandbox.run(aCommand(script));
  if (result.exitCode !== 0) throw new Error(`${script}: ${JSON.stringify(result)} ${text(result.stdout)}`);
  return text(result.stdout).trimEnd();
}

export async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + LONG_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('it never became true');
    await sleep(20);
  }
}

/** Suite 1: what every adapter of the sandbox port does. */
export function describeSandboxContract(name: string, makeHost: () => Promise<ContractHost>): void {
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
      for (const { id } of await sandboxes.list()) await sandboxes.destroy(id);
      await sandboxes.close();
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

      it('merges standard error into standard output, in order', async () => {
        const result = await shared.run(aCommand('echo out; echo error >&2; echo out'));
        expect(text(result.stdout)).toBe('out\nerror\nout\n');
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

/** The part of suite 1 that needs real programs: for adapters that declare them. */
export function describeRealPrograms(name: string, makeHost: () => Promise<ContractHost>): void {
  describe(`${name} keeps the contract with real programs`, { timeout: 2 * LONG_MS }, () => {
    let host: ContractHost;
    let sandboxes: Sandboxes;
    let sandbox: Sandbox;

    beforeAll(async () => {
      host = await makeHost();
      expect(host.features.realPrograms).toBe(true);
      sandboxes = host.open();
      sandbox = await sandboxes.create(aSandbox(host));
    });
    afterAll(async () => {
      for (const { id } of await sandboxes.list()) await sandboxes.destroy(id);
      await sandboxes.close();
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

    it('keeps what a command printed before its deadline', async () => {
      // Long enough that the first words are out on any machine.
      const result = await sandbox.run(aCommand('echo early; sleep 1000', { timeoutMs: 5000 }));
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
      await tools.write(`${tools.treeRoot}/test_parser.py`, Buffer.from(parser));
      const stdin = Buffer.from('ok test_one\nok test_two\n');
      const argv = ['python3', 'test_parser.py'] as const;
      const result: CommandResult = await tools.run(aCommand('', { argv, stdin, separateStderr: true }));
      expect(text(result.stdout)).toBe('{"test_one": "passed", "test_two": "passed"}\n');
      await tools.destroy();
    });

    it('tells test runners their share of cores', async () => {
      expect(await output(sandbox, 'echo $GOMAXPROCS $PYTEST_XDIST_AUTO_NUM_WORKERS')).toBe('2 2');
    });
  });
}

/** The processes of this host whose command line holds the words, in any namespace below. */
export async function hostProcesses(words: string): Promise<readonly string[]> {
  const { readdir, readFile } = await import('node:fs/promises');
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (line.includes(words) && !/\) Z /.test(state)) found.push(`${pid} ${line.replaceAll('\0', ' ')}`);
  }
  return found;
}

/** The peak memory of every supervisor on this host, in kilobytes. */
async function supervisorPeaks(): Promise<readonly number[]> {
  const { readFile } = await import('node:fs/promises');
  const supervisors = await hostProcesses('supervisor.main');
  return Promise.all(
    supervisors.map(async (line) => {
      const status = await readFile(`/proc/${line.split(' ')[0] ?? ''}/status`, 'utf8').catch(() => '');
      return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
    }),
  );
}
