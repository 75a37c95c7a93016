import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readJournal } from '../../../src/activities/rollout/journal.ts';
import { playSlice } from '../../../src/activities/rollout/play-slice.ts';
import { sandboxRequest } from '../../../src/activities/services/sandbox-request.ts';
import { SandboxGoneError } from '../../../src/domain/failure/errors.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import type { CommandHandler } from '../../../src/sandbox/in-memory/in-memory-sandboxes.ts';
import { createFileStore } from '../../../src/store/file-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { KEPT, keepStore } from '../../store/kept-ledger.ts';
import { removeDirectory, temporaryDirectory } from '../../store/temporary-directory.ts';
import { createFakeServices, quietProgress } from '../../support/fake-services.ts';
import { aRolloutSetting, type Said } from '../../support/run-fixture.ts';
import { bash } from './slice-fixture.ts';

let directory: string;
let store: Store;

beforeEach(async () => {
  directory = await temporaryDirectory();
  keepStore(directory);
  store = await createFileStore({ directory });
});

afterEach(async () => {
  await store.close();
  await removeDirectory(directory);
});

interface Saying {
  readonly command: string;
  readonly leavesNoTrace?: true;
}

const LOOK: Saying = { command: 'step look', leavesNoTrace: true };

/** Says these one after the other, whoever asks. */
function saying(script: readonly Saying[]): Policy {
  const usage = { promptTokens: 1, completionTokens: 1, costUsd: 0 };
  return {
    name: 'saying',
    sample: ({ messages }) => {
      const { command, ...traces } = script[messages.filter(({ role }) => role === 'assistant').length] ?? LOOK;
      return Promise.resolve({ text: bash(command), finish: 'stop', usage, policyVersion: 0, ...traces });
    },
  };
}

/** Attempts at bugs of the kept store; each plays as many turns as it has things to say. */
async function attempts(handler: CommandHandler = () => ({ exitCode: 0 })) {
  const { services, ran } = await createFakeServices({ changes: { store }, handler });
  let count = 0;
  const play = async (script: readonly Saying[], { artifactId = KEPT.bug, policy }: Playing = {}) => {
    const rolloutId = `${KEPT.episode}/recalling-${(count += 1)}`;
    const {
      owner,
      subject,
      sandbox: config,
      ...rest
    } = aRolloutSetting({
      rolloutId,
      task: { role: 'solver', artifactId },
      config: { rollout: { turns: script.length }, ...(policy === undefined ? {} : { policy }) },
    });
    const startedAt = '2026-01-02T03:04:05.678Z';
    await store.ledger.openRollout({ rolloutId, episodeId: KEPT.episode, role: 'solver', attempt: count, startedAt });
    const request = sandboxRequest(services, { work: rolloutId, owner, subject, config, lifetimeSeconds: 60 });
    await services.sandboxes.create(request);
    const lease = { sandboxId: request.id, hostQueue: 'host', playedThrough: -1 };
    const input = { ...rest, owner, subject, sandbox: config, lease };
    await playSlice({ ...services, policyFor: () => saying(script) }, input, 'solveBug', quietProgress());
    const journal = await readJournal(store, rolloutId);
    return { rolloutId, recalled: journal.map(({ observation }) => observation?.recalled) };
  };
  const steps = () =>
    ran.flatMap(({ command }) => command.argv.filter((argument) => /^step \w+$/.test(argument.trim())));
  return { play, steps };
}

interface Playing {
  readonly artifactId?: string;
  readonly policy?: Said;
}

describe('a call that leaves no trace', () => {
  it('is not run again by another attempt at the bug, and the journal says whose result it is', async () => {
    const { play, steps } = await attempts();
    const first = await play([{ command: 'step prepare' }, LOOK]);
    const second = await play([{ command: 'step prepare' }, LOOK]);
    expect(steps()).toEqual(['step prepare', 'step look', 'step prepare']);
    expect(first.recalled).toEqual([undefined, undefined]);
    expect(second.recalled).toEqual([undefined, { rolloutId: first.rolloutId, turn: 1 }]);
  });

  it('is the same call in any order among others that leave none', async () => {
    const { play, steps } = await attempts();
    const other: Saying = { command: 'step other', leavesNoTrace: true };
    await play([LOOK, other]);
    await play([other, LOOK]);
    expect(steps()).toEqual(['step look', 'step other']);
  });

  it('is run where it is asked for while another runs it and fails', async () => {
    let lost = false;
    const { play, steps } = await attempts(({ argv }) => {
      if (lost || !argv.includes('step look')) return { exitCode: 0 };
      lost = true;
      throw new SandboxGoneError('the sandbox is gone');
    });
    const [first, second] = await Promise.allSettled([play([LOOK]), play([LOOK])]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(steps()).toEqual(['step look', 'step look']);
  });
});

describe('a call is run for each attempt', () => {
  it.each([
    ['that leaves a trace', [{ command: 'step look' }], {}],
    ['of another policy', [LOOK], { policy: { kind: 'openai', base_url: 'http://localhost/v1', model: 'm' } }],
    ['at another bug', [LOOK], { artifactId: KEPT.secondOrderBug }],
    ['after another call that left a trace', [{ command: 'step change' }, LOOK], {}],
  ] as const)('%s', async (_, script, playing) => {
    const { play, steps } = await attempts();
    await play(script.length === 1 && script[0] !== LOOK ? script : [LOOK], 'policy' in playing ? playing : {});
    await play(script, playing);
    expect(steps().filter((step) => step === 'step look')).toHaveLength(2);
  });

  it('where it ran into its limit', async () => {
    const { play, steps } = await attempts(({ argv }) =>
      argv.includes('step look') ? { durationMs: 60_000, share: { limitMs: 60_000, lostMs: 0 } } : { exitCode: 0 },
    );
    await play([LOOK]);
    await play([LOOK]);
    expect(steps()).toEqual(['step look', 'step look']);
  });
});
