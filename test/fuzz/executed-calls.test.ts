import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { executeToolCall, type ToolResult } from '../../src/activities/rollout/agent-tools.ts';
import { sandboxRequest } from '../../src/activities/services/sandbox-request.ts';
import { createFakeServices } from '../support/fake-services.ts';
import { aRolloutSetting } from '../support/run-fixture.ts';
import { hostileCall } from './hostile-calls.ts';
import { INPUTS, isReason, SEED } from './hostile-text.ts';

/** What the shell of an agent may say when it is asked where it stands. */
const answer = fc.constantFrom('/repo\n', '/repo/deep\n', '/tmp\n', '', 'bash: broken\n', '/with\0nul\n', '/repo');
const inputs = fc.sample(fc.tuple(hostileCall, answer, fc.constantFrom('solver' as const, 'injector' as const)), {
  numRuns: INPUTS,
  seed: SEED,
});

interface Executed {
  readonly input: (typeof inputs)[number];
  readonly result: ToolResult;
  /** Files of the sandbox that are new or have another text. */
  readonly touched: readonly string[];
}

/** Its text never changes, and every call finds it as it was. */
const THERE = '/repo/a.py';

describe(`${INPUTS} executed calls`, () => {
  let executed: readonly Executed[] = [];

  beforeAll(async () => {
    executed = await executeAll();
  });

  it('are answered, each by its own tool and with a sentence', () => {
    for (const { input, result } of executed) {
      expect(result.observation.tool).toBe(input[0].tool);
      expect(isReason(result.observation.output) || result.observation.output.length > 2_000).toBe(true);
    }
  });

  it('touch the one file that they name, seen from where the agent stands', () => {
    for (const { input, touched } of executed) {
      const [call, shell] = input;
      const named = 'path' in call ? placeOf(call.path, shell) : '';
      expect(touched.filter((path) => path !== named)).toEqual([]);
    }
    expect(executed.filter(({ touched }) => touched.length > 0).length).toBeGreaterThan(INPUTS / 10);
  });

  it('submit nothing that is not there', () => {
    const submitted = executed.filter(({ input, result }) => input[0].tool === 'submit' && result.submission);
    for (const { input } of submitted) {
      const [call, shell, role] = input;
      expect(role).toBe('solver');
      expect(call.tool === 'submit' && call.paths.map((path) => placeOf(path, shell))).toEqual([THERE]);
    }
  });
});

async function executeAll(): Promise<readonly Executed[]> {
  let said = '';
  const { services, host } = await createFakeServices({ handler: () => ({ exitCode: 0, stdout: said }) });
  const { owner, subject, sandbox: config } = aRolloutSetting();
  const request = sandboxRequest(services, { owner, subject, config, lifetimeSeconds: 600 });
  const sandbox = await services.sandboxes.create(request);
  const files = host.get(request.id)?.files ?? new Map<string, never>();
  const executed: Executed[] = [];
  for (const [index, input] of inputs.entries()) {
    const [call, shell, role] = input;
    said = shell;
    await sandbox.write(THERE, Buffer.from('x = 1\n'));
    const before = new Map(files);
    const commandId = `rollout#${index}`;
    const budget = { commandMs: 60_000, outputCapBytes: 1000, signal: new AbortController().signal };
    const setting = { sandbox, blobs: services.store.blobs, role, commandId, ...budget };
    const result = await executeToolCall(call, setting);
    const touched = [...files].flatMap(([path, file]) => (before.get(path) === file ? [] : [path]));
    executed.push({ input, result, touched });
    for (const path of touched) files.delete(path);
  }
  return executed;
}

/** The place that a path means to the agent's shell; where that does not say, the tree's root. */
function placeOf(path: string, shell: string): string {
  const directory = shell.split('\n')[0] ?? '';
  if (path.startsWith('/')) return path;
  return `${directory.startsWith('/') ? directory : '/repo'}/${path}`;
}
