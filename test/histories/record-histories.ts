/**
 * Records the histories that test/workflows/replay.test.ts replays:
 *
 *     node --import tsx test/histories/record-histories.ts
 *
 * It plays a small run of scripted players on a Temporal server and real sandboxes of its own, and writes one file for
 * each path through the workflows that is worth keeping. A history that is kept stands for workflows that are running
 * somewhere with the code of its day, so a change that cannot replay one is a change that breaks them: it needs
 * `patched`, not a new recording (README.md says when one is made all the same). Only names that do not exist yet are written.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

import { createScriptedPolicy } from '../../src/policy/scripted-policy.ts';
import { resumeTrainingSignal } from '../../src/workflows/messages.ts';
import { changed, CHANGES, createArtifactFixture, ORIGINAL } from '../support/artifact-fixture.ts';
import { injectorReplies, tinyPlayers } from '../support/scripted-players.ts';
import { policyNamed, startDeployment } from '../support/test-server.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

using fixture = createArtifactFixture();
const tiny = tinyPlayers(fixture);
const withoutEffect = fixture.diff(ORIGINAL, changed(ORIGINAL, CHANGES.withoutEffect));
const idle = injectorReplies({ ...fixture.artifact, 'bug_inject.diff': withoutEffect });
const injectors: number[] = [];
/** More than any of the others has. */
const EVENTS_IN_ONE_LIFE = 200;
const deployment = await startDeployment(
  {
    tiny: createScriptedPolicy({
      ...tiny,
      // The first injector makes a bug, the second one something that is none.
      injector: ({ turn, request: { seed } }) => {
        if (!injectors.includes(seed)) injectors.push(seed);
        return injectors.indexOf(seed) === 0 ? injectorReplies(fixture.artifact)[turn] : idle[turn];
      },
    }),
    hanging: createScriptedPolicy({ injector: () => new Promise(() => undefined) }),
  },
  { dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': EVENTS_IN_ONE_LIFE } },
);

try {
  const subjects = [{ name: 'tiny', directory: join(fixture.directory, 'tiny') }];
  const group = { injection_groups: 1, injection_group_size: 2, attempts: 2, episode_window: 1 };
  const start = (workflowId: string, policy: string) =>
    deployment.client.workflow.start('selfPlayTraining', {
      taskQueue: 'selfplay',
      workflowId,
      args: [{ subjects, policy: policyNamed(policy), ...group }],
    });
  await (await start('recorded', 'tiny')).result();
  const revalidation = { taskQueue: 'selfplay', workflowId: 'revalidated', args: [{ run: 'recorded' }] };
  await (await deployment.client.workflow.start('artifactRevalidation', revalidation)).result();
  const cancelled = await start('recorded-cancelled', 'hanging');
  await untilPlayed();
  await cancelled.cancel();
  await cancelled.result().catch(() => undefined);
  const spanning = await start('recorded-spanning', 'hanging');
  await untilPlayed();
  while ((await deployment.client.workflow.count('WorkflowId = "recorded-spanning"')).count < 2) {
    await spanning.signal(resumeTrainingSignal);
  }
  await spanning.cancel();
  await spanning.result().catch(() => undefined);

  await record('self-play-training.completed', 'recorded');
  await record('self-play-training.cancelled', 'recorded-cancelled');
  await record('self-play-training.second-life', 'recorded-spanning');
  await record('self-play-episode.consistent', 'recorded/episode-0');
  await record('self-play-episode.second-order', 'recorded/episode-1');
  await record('self-play-episode.inconsistent', 'recorded/episode-2');
  await record('self-play-episode.cancelled', 'recorded-cancelled/episode-0');
  await record('agent-rollout.injector', 'recorded/episode-0/injector');
  await record('agent-rollout.solver', 'recorded/episode-0/solver-0');
  await record('agent-rollout.cancelled', 'recorded-cancelled/episode-0/injector');
  await record('artifact-revalidation.completed', 'revalidated');
} finally {
  await deployment.dispose();
}

/** Resolves when an episode has a sandbox. */
async function untilPlayed(): Promise<void> {
  while ((await deployment.services().sandboxes.list()).length === 0) await sleep(100);
}

async function record(name: string, workflowId: string): Promise<void> {
  const file = join(FOLDER, `${name}.json`);
  if (existsSync(file)) {
    console.log(`${name} is kept already`);
    return;
  }
  const history = await deployment.client.workflow.getHandle(workflowId).fetchHistory();
  // Who recorded it, and where, is nobody's business.
  const text = historyToJSON(history)
    .replace(/("identity": )"[^"]*"/g, '$1"recorder"')
    .replaceAll(hostname(), 'recorder');
  writeFileSync(file, `${text.trimEnd()}\n`);
  console.log(`${name}: ${history.events?.length ?? 0} events`);
}
