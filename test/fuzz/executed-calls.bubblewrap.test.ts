import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { executeToolCall } from '../../src/activities/rollout/agent-tools.ts';
import { createInMemoryStore } from '../../src/store/in-memory-store.ts';
import { readToolCall } from '../../src/domain/protocol/tool-protocol.ts';
import type { ToolCall } from '../../src/domain/protocol/tool-call.ts';
import { renderToolCall } from '../../src/domain/protocol/call-text.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createBubblewrapHost, type BubblewrapHost } from '../sandbox/bubblewrap/bubblewrap-host.ts';
import { hostileCall } from './hostile-calls.ts';
import { isReason, SEED } from './hostile-text.ts';

/** Each is a few processes; this many take seconds. The ten thousand are played in memory. */
const INPUTS = 300;

let host: BubblewrapHost;
let sandbox: Sandbox;
let outside: string;

beforeAll(async () => {
  host = await createBubblewrapHost();
  outside = mkdtempSync(join(tmpdir(), 'selfplay-fuzz-outside-'));
  sandbox = await host.open().create({
    id: 'fuzz',
    source: host.source,
    labels: { deployment: 'test', run: 'fuzz', episode: 'fuzz' },
    lifetimeSeconds: 600,
    leaseSeconds: 600,
    limits: { memoryBytes: 2 ** 30, processes: 256, fileBytes: 2 ** 26, cores: 1 },
  });
});

afterAll(async () => {
  await sandbox.destroy();
  await host.cleanUp();
  rmSync(outside, { recursive: true, force: true });
});

describe(`${INPUTS} calls in a real sandbox`, () => {
  it('are answered with a sentence, and nothing outside of the sandbox changes', async () => {
    const { blobs } = await createInMemoryStore();
    const before = readdirSync(host.directory);
    // What somebody else has left there is no escape.
    const absent = ['/x', '/tmp/x', join(tmpdir(), 'x')].filter((place) => !existsSync(place));
    const calls = [...escapes(outside), ...fc.sample(hostileCall, { numRuns: INPUTS, seed: SEED })];
    const read = calls.map((call) => readToolCall(renderToolCall(call)));
    const executable = read.flatMap((reading) => (reading.kind === 'call' ? [reading.call] : []));
    expect(executable.length).toBeGreaterThan(INPUTS / 2);
    for (const [index, call] of executable.entries()) {
      const budget = { commandMs: 20_000, outputCapBytes: 1000, signal: new AbortController().signal };
      const setting = { sandbox, blobs, role: 'solver', commandId: `call-${index}`, ...budget } as const;
      const { observation } = await executeToolCall(call, setting).catch((error: unknown) => {
        throw new RangeError(`${JSON.stringify(call).slice(0, 300)} is not answered`, { cause: error });
      });
      expect(observation.tool).toBe(call.tool);
      expect(isReason(observation.output) || observation.output.length > 2_000).toBe(true);
    }
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(host.directory)).toEqual(before);
    expect(absent.filter((place) => existsSync(place))).toEqual([]);
  });
});

/** Ways to a directory of the host that a sandbox does not show, and to the source that it does. */
function escapes(directory: string): readonly ToolCall[] {
  const ways = [
    directory,
    `/proc/1/root${directory}`,
    `/proc/self/cwd/../..${directory}`,
    `../../../../../..${directory}`,
  ];
  return ways.map((way) => ({ tool: 'create', path: `${way}/escaped`, content: 'x' }));
}
