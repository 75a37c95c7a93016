import { vi } from 'vitest';

import { playSlice } from '../../../src/activities/rollout/play-slice.ts';
import type { Progress } from '../../../src/activities/services/progress.ts';
import type { RolloutSetting, SandboxLease, SliceActivity } from '../../../src/activities/rollout/rollout-setting.ts';
import { readJournal } from '../../../src/activities/rollout/journal.ts';
import { sandboxRequest } from '../../../src/activities/services/sandbox-request.ts';
import type { Services } from '../../../src/activities/services/services.ts';
import { ARTIFACT_FILES } from '../../../src/domain/artifact/bug-artifact.ts';
import { renderToolCall } from '../../../src/domain/protocol/call-text.ts';
import type { Ledger } from '../../../src/store/store.ts';
import { createFakeServices, quietProgress, type FakeServicesOptions } from '../../support/fake-services.ts';
import { aRolloutSetting, type Said } from '../../support/run-fixture.ts';

/** Every look at the clock shows a later time, so that a slice of no time at all is over however fast the machine is. */
export function letTimePass(): void {
  const clock = Date.now.bind(Date);
  let last = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => (last = Math.max(clock(), last + 1)));
}

/** A reply that runs a command. */
export function bash(command: string): string {
  return renderToolCall({ tool: 'bash', command });
}

export function create(path: string, content: string): string {
  return renderToolCall({ tool: 'create', path, content });
}

/** A reply that submits the five files. */
export const submitArtifact = renderToolCall({
  tool: 'submit',
  paths: ARTIFACT_FILES.map((name) => `/tmp/artifact/${name}`),
});

/** A git diff of one line. */
export const aDiff = [
  'diff --git a/calc.py b/calc.py',
  '--- a/calc.py',
  '+++ b/calc.py',
  '@@ -1 +1 @@',
  '-x = 1',
  '+x = 2',
  '',
].join('\n');

/** Replies that write the five files, one a turn. */
export const writeArtifact = ARTIFACT_FILES.map((name) =>
  create(`/tmp/artifact/${name}`, name.endsWith('.diff') ? aDiff : `the ${name}`),
);

/** A reply without a tool call. */
export const finished = 'I am done.';

/** An injector's rollout in a sandbox in memory, opened in the ledger and ready for its first slice. */
export async function aRolloutUnderWay({ config, ...options }: FakeServicesOptions & { readonly config?: Said } = {}) {
  const fakes = await createFakeServices(options);
  const { services } = fakes;
  const setting = aRolloutSetting({ config: config ?? {} });
  await openRollout(services.store.ledger, setting);
  const boot = async (incarnation: number, playedThrough = -1): Promise<SandboxLease> => {
    const { owner, subject, sandbox } = setting;
    const work = `rollout ${incarnation}`;
    const request = sandboxRequest(services, { work, owner, subject, config: sandbox, lifetimeSeconds: 3600 });
    await services.sandboxes.create(request);
    return { sandboxId: request.id, hostQueue: 'host', playedThrough };
  };
  const lease = await boot(0);
  const play = (options: PlayOptions = {}) =>
    playSlice(
      options.services ?? services,
      { ...setting, lease: options.lease ?? lease },
      options.activity ?? 'discoverTests',
      options.progress ?? quietProgress(),
    );
  const journal = () => readJournal(services.store, setting.rolloutId);
  return { ...fakes, setting, lease, boot, play, journal };
}

interface PlayOptions {
  readonly services?: Services;
  readonly lease?: SandboxLease;
  readonly activity?: SliceActivity;
  readonly progress?: Progress;
}

async function openRollout(ledger: Ledger, { rolloutId, owner, task, attempt }: RolloutSetting): Promise<void> {
  const { runId, episodeId } = owner;
  const startedAt = '2026-01-02T03:04:05.678Z';
  const drawn = { subject: 'tiny', strategy: 'removal', order: 1, parentArtifactId: null, seed: 1 } as const;
  await ledger.openRun({ runId, config: '{}', seed: 1, startedAt });
  await ledger.openEpisode({ episodeId, runId, groupId: null, ...drawn, startedAt });
  await ledger.openRollout({ rolloutId, episodeId, role: task.role, attempt, startedAt });
}

/** Services whose ledger fails the first time that a method is called: a crash at that very point. */
export function crashingOnceIn(services: Services, method: 'recordReply' | 'recordObservation'): Services {
  let crashed = false;
  const { ledger } = services.store;
  const crash = () => {
    crashed = true;
    return Promise.reject(new Error(`the worker died before ${method}`));
  };
  const changed: Ledger = {
    ...ledger,
    recordReply: (reply) => (method === 'recordReply' && !crashed ? crash() : ledger.recordReply(reply)),
    recordObservation: (observation) =>
      method === 'recordObservation' && !crashed ? crash() : ledger.recordObservation(observation),
  };
  return { ...services, store: { ...services.store, ledger: changed } };
}
