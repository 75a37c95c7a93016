import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { executeToolCall, type ToolSetting } from '../../../src/activities/rollout/agent-tools.ts';
import { getJson, getText } from '../../../src/activities/services/json-blobs.ts';
import { sandboxRequest } from '../../../src/activities/services/sandbox-request.ts';
import { artifactFilesOf, patchOf, type Submission } from '../../../src/activities/artifact/submission.ts';
import { ARTIFACT_FILES } from '../../../src/domain/artifact/bug-artifact.ts';
import type { CommandHandler } from '../../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import { aDiff } from './slice-fixture.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { aRolloutSetting } from '../../support/run-fixture.ts';

/** A sandbox in memory and the setting of one tool call in it. */
async function aToolSetting(changes: Partial<ToolSetting> & { readonly handler?: CommandHandler } = {}) {
  const { handler, ...rest } = changes;
  const { services, ran } = await createFakeServices(handler === undefined ? {} : { handler });
  const { owner, subject, sandbox: config } = aRolloutSetting();
  const request = sandboxRequest(services, { owner, subject, config, lifetimeSeconds: 600 });
  const sandbox = await services.sandboxes.create(request);
  const setting: ToolSetting = {
    sandbox,
    blobs: services.store.blobs,
    role: 'injector',
    commandId: 'rollout#3',
    commandMs: 60_000,
    outputCapBytes: 1000,
    signal: new AbortController().signal,
    ...rest,
  };
  const textOf = async (path: string) => {
    const reading = await sandbox.read(path, { maxBytes: 10_000 });
    return reading.found ? Buffer.from(reading.content).toString() : reading.problem;
  };
  return { setting, ran, textOf, blobs: services.store.blobs };
}

describe('bash', () => {
  it('tells output and exit code', async () => {
    const { setting } = await aToolSetting({ handler: () => ({ exitCode: 3, stdout: 'some output' }) });
    const { observation } = await executeToolCall({ tool: 'bash', command: 'make' }, setting);
    expect(observation).toEqual({ tool: 'bash', ending: 'exited', exitCode: 3, output: 'some output' });
  });

  it('carries an id, so that a repeated call runs nothing again', async () => {
    const { setting, ran } = await aToolSetting();
    await executeToolCall({ tool: 'bash', command: 'make' }, setting);
    await executeToolCall({ tool: 'bash', command: 'make' }, setting);
    expect(ran.map(({ command }) => [command.id, command.argv.at(-1)])).toEqual([['rollout#3', 'make']]);
  });

  it('tells a time-out as one', async () => {
    const { setting } = await aToolSetting({
      commandMs: 20,
      handler: async (_command, { signal }) => {
        await sleep(60_000, undefined, { signal }).catch(() => undefined);
        return { exitCode: 0 };
      },
    });
    const { observation } = await executeToolCall({ tool: 'bash', command: 'sleep 60' }, setting);
    expect(observation).toMatchObject({ ending: 'timed-out', exitCode: null });
  });

  it('says how much output is left out between head and tail', async () => {
    const { setting } = await aToolSetting({
      outputCapBytes: 20,
      handler: () => ({ exitCode: 0, stdout: `${'a'.repeat(500)}${'z'.repeat(500)}` }),
    });
    const { observation } = await executeToolCall({ tool: 'bash', command: 'cat' }, setting);
    expect(observation.output).toBe(`${'a'.repeat(10)}\n[... 980 bytes left out ...]\n${'z'.repeat(10)}`);
  });
});

describe('edit', () => {
  const edit = { tool: 'edit', path: '/repo/a.py', search: 'x = 1', replace: 'x = 2' } as const;

  it('replaces lines that occur exactly once', async () => {
    const { setting, textOf } = await aToolSetting();
    await setting.sandbox.write('/repo/a.py', Buffer.from('w = 0\nx = 1\n'));
    expect((await executeToolCall(edit, setting)).observation).toMatchObject({ tool: 'edit', succeeded: true });
    expect(await textOf('/repo/a.py')).toBe('w = 0\nx = 2\n');
  });

  it.each([
    { name: 'twice', text: 'x = 1\nx = 1\n', problem: '2 times, at lines 1, 2' },
    { name: 'nowhere', text: 'x = 3\n', problem: 'do not appear verbatim' },
    { name: 'as a part of a line only', text: 'x = 10\n', problem: 'do not appear verbatim' },
  ])('leaves a file as it is in which the lines occur $name', async ({ text, problem }) => {
    const { setting, textOf } = await aToolSetting();
    await setting.sandbox.write('/repo/a.py', Buffer.from(text));
    const { observation } = await executeToolCall(edit, setting);
    expect(observation).toMatchObject({ succeeded: false, output: expect.stringContaining(problem) });
    expect(await textOf('/repo/a.py')).toBe(text);
  });

  it('that is repeated after a crash finds its own work done', async () => {
    const { setting, textOf } = await aToolSetting();
    await setting.sandbox.write('/repo/a.py', Buffer.from('x = 1\n'));
    const first = await executeToolCall(edit, setting);
    expect(await executeToolCall(edit, setting)).toEqual(first);
    expect(await textOf('/repo/a.py')).toBe('x = 2\n');
  });

  it('that is repeated after a crash is not made twice, though its lines are there again', async () => {
    const { setting, textOf } = await aToolSetting();
    await setting.sandbox.write('/repo/a.py', Buffer.from('x = 1\n'));
    const doubling = { ...edit, replace: 'x = 1\ny = 1' };
    const first = await executeToolCall(doubling, setting);
    expect(await executeToolCall(doubling, setting)).toEqual(first);
    expect(await textOf('/repo/a.py')).toBe('x = 1\ny = 1\n');
  });

  it('that matches nothing fails, though its new lines stand in the file already', async () => {
    const { setting, textOf } = await aToolSetting();
    await setting.sandbox.write('/repo/a.py', Buffer.from('w = 0\nx = 2\n'));
    const { observation } = await executeToolCall(edit, setting);
    expect(observation).toMatchObject({ succeeded: false, output: expect.stringContaining('do not appear verbatim') });
    expect(await textOf('/repo/a.py')).toBe('w = 0\nx = 2\n');
  });

  it('keeps the line ends of a file', async () => {
    const { setting, textOf } = await aToolSetting();
    await setting.sandbox.write('/repo/a.py', Buffer.from('w = 0\r\nx = 1\r\n'));
    expect((await executeToolCall(edit, setting)).observation).toMatchObject({ succeeded: true });
    expect(await textOf('/repo/a.py')).toBe('w = 0\r\nx = 2\r\n');
  });

  it('of a file in another encoding damages nothing of it', async () => {
    const { setting } = await aToolSetting();
    const latin = Buffer.from('# gr\u00FC\u00DFe\nx = 1\n', 'latin1');
    await setting.sandbox.write('/repo/a.py', latin);
    const { observation } = await executeToolCall(edit, setting);
    expect(observation).toMatchObject({ succeeded: false, output: expect.stringContaining('is not UTF-8 text') });
    const reading = await setting.sandbox.read('/repo/a.py', { maxBytes: 100 });
    expect(reading.found && Buffer.from(reading.content).equals(latin)).toBe(true);
  });

  it('of a file that is not there fails', async () => {
    const { setting } = await aToolSetting();
    const { observation } = await executeToolCall(edit, setting);
    const output = 'cannot read /repo/a.py: there is no such file';
    expect(observation).toEqual({ tool: 'edit', succeeded: false, output });
  });
});

describe('create', () => {
  it('writes a file, and replaces one', async () => {
    const { setting, textOf } = await aToolSetting();
    await executeToolCall({ tool: 'create', path: '/repo/b.py', content: 'one\n' }, setting);
    const next = { ...setting, commandId: 'rollout#4' };
    const { observation } = await executeToolCall({ tool: 'create', path: '/repo/b.py', content: 'two\n' }, next);
    expect(observation).toEqual({ tool: 'create', succeeded: true, output: 'wrote /repo/b.py' });
    expect(await textOf('/repo/b.py')).toBe('two\n');
  });

  it('that is repeated after a crash undoes nothing that came after it', async () => {
    const { setting, textOf } = await aToolSetting();
    const create = { tool: 'create', path: '/repo/b.py', content: 'one\n' } as const;
    await executeToolCall(create, setting);
    await setting.sandbox.write('/repo/b.py', Buffer.from('two\n'));
    await executeToolCall(create, setting);
    expect(await textOf('/repo/b.py')).toBe('two\n');
  });

  it('takes a relative path from where the shell of the agent stands', async () => {
    const { setting, textOf } = await aToolSetting({ handler: () => ({ exitCode: 0, stdout: '/repo/deep\n' }) });
    await executeToolCall({ tool: 'create', path: 'b.py', content: 'one\n' }, setting);
    expect(await textOf('/repo/deep/b.py')).toBe('one\n');
  });

  it("falls back to the tree's root when the shell does not answer", async () => {
    const { setting, textOf } = await aToolSetting({ handler: () => ({ exitCode: 127, stdout: 'bash: broken' }) });
    await executeToolCall({ tool: 'create', path: 'b.py', content: 'one\n' }, setting);
    expect(await textOf('/repo/b.py')).toBe('one\n');
  });
});

describe('submit', () => {
  const paths = ARTIFACT_FILES.map((name) => `/tmp/artifact/${name}`);
  const writeAll = async ({ sandbox }: ToolSetting) => {
    for (const path of paths)
      await sandbox.write(path, Buffer.from(path.endsWith('.diff') ? aDiff : `content of ${path}`));
  };

  it('of the injector stores the five files as they are', async () => {
    const { setting, blobs } = await aToolSetting();
    await writeAll(setting);
    const { observation, submission } = await executeToolCall({ tool: 'submit', paths }, setting);
    expect(observation).toMatchObject({ succeeded: true });
    const files = await artifactFilesOf(blobs, submission ?? { sha256: '', bytes: 0 });
    expect(Object.keys(files).sort()).toEqual([...ARTIFACT_FILES].sort());
    expect(Buffer.from(files['test_parser.py'] ?? []).toString()).toBe('content of /tmp/artifact/test_parser.py');
  });

  it.each([
    { name: 'one missing', named: paths.slice(1), problem: 'missing: test_script.sh' },
    { name: 'one too many', named: [...paths, '/tmp/artifact/notes.md'], problem: '/tmp/artifact/notes.md' },
    { name: 'one named twice', named: [...paths, paths[0] ?? ''], problem: 'exactly these five files' },
    { name: 'none', named: [], problem: 'you named: none' },
    { name: 'all on one line', named: [paths.join(' ')], problem: 'name one absolute path a line' },
    { name: 'their directory', named: ['/tmp/artifact'], problem: 'name one absolute path a line' },
  ])('of the injector is refused with $name', async ({ named, problem }) => {
    const { setting } = await aToolSetting();
    await writeAll(setting);
    const { observation, submission } = await executeToolCall({ tool: 'submit', paths: named }, setting);
    expect(observation).toMatchObject({ succeeded: false, output: expect.stringContaining(problem) });
    expect(submission).toBeUndefined();
  });

  it('is refused when a file is not there', async () => {
    const { setting } = await aToolSetting();
    const { observation } = await executeToolCall({ tool: 'submit', paths }, setting);
    expect(observation.output).toBe(
      'nothing is submitted: cannot read /tmp/artifact/test_script.sh: there is no such file; name one absolute path a line',
    );
  });

  it.each(['bug_inject.diff', 'test_weaken.diff'])('says early that %s is not a diff', async (name) => {
    const { setting } = await aToolSetting();
    await writeAll(setting);
    await setting.sandbox.write(`/tmp/artifact/${name}`, Buffer.from('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-x\n+y\n'));
    const { observation, submission } = await executeToolCall({ tool: 'submit', paths }, setting);
    expect(observation.output).toContain(`nothing is submitted: /tmp/artifact/${name} is not a git diff: line 1 `);
    expect(submission).toBeUndefined();
  });

  it('of the solver stores one diff, whatever its name', async () => {
    const { setting, blobs } = await aToolSetting({ role: 'solver' });
    await setting.sandbox.write('/tmp/my.patch', Buffer.from(aDiff));
    const { observation, submission } = await executeToolCall({ tool: 'submit', paths: ['/tmp/my.patch'] }, setting);
    expect(observation.output).toMatch(/^submitted \/tmp\/my\.patch;/);
    const stored = await getJson<Submission>(blobs, submission ?? { sha256: '', bytes: 0 });
    expect(await getText(blobs, patchOf(stored) ?? { sha256: '', bytes: 0 })).toBe(aDiff);
  });

  it.each([
    { name: 'two files', content: aDiff, named: ['/tmp/p', '/tmp/p'], problem: 'exactly one file' },
    { name: 'two files on one line', content: aDiff, named: ['/tmp/p /tmp/p'], problem: 'one absolute path a line' },
    { name: 'an empty file', content: '\n', named: ['/tmp/p'], problem: '/tmp/p is empty; it must be a git diff' },
    { name: 'prose', content: 'I fixed it.\n', named: ['/tmp/p'], problem: '/tmp/p is not a git diff: line 1' },
  ])('of the solver is refused for $name', async ({ content, named, problem }) => {
    const { setting } = await aToolSetting({ role: 'solver' });
    await setting.sandbox.write('/tmp/p', Buffer.from(content));
    const { observation } = await executeToolCall({ tool: 'submit', paths: named }, setting);
    expect(observation).toMatchObject({ succeeded: false, output: expect.stringContaining(problem) });
  });
});

describe('a diff that the grading may mend', () => {
  it('is taken as it is: with wrong counts in a hunk header', async () => {
    const { setting } = await aToolSetting({ role: 'solver' });
    await setting.sandbox.write('/tmp/p', Buffer.from(aDiff.replace('-1 +1', '-1,7 +1,9')));
    const { submission } = await executeToolCall({ tool: 'submit', paths: ['/tmp/p'] }, setting);
    expect(submission).toBeDefined();
  });
});

describe('a cancelled call', () => {
  it('throws the reason and makes no observation', async () => {
    const stop = new AbortController();
    const { setting } = await aToolSetting({
      signal: stop.signal,
      handler: async (_command, { signal }) => {
        stop.abort(new Error('cancelled by the user'));
        await sleep(60_000, undefined, { signal }).catch(() => undefined);
        return { exitCode: 0 };
      },
    });
    await expect(executeToolCall({ tool: 'bash', command: 'sleep 60' }, setting)).rejects.toThrow('by the user');
  });
});
