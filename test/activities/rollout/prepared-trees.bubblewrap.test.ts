import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { createRolloutActivities } from '../../../src/activities/rollout/rollout-activities.ts';
import { openRollout } from '../../../src/activities/rollout/rollout-record.ts';
import { outputText } from '../../../src/activities/services/command-output.ts';
import { plainly } from '../../support/fake-services.ts';
import { aRolloutSetting, type Said } from '../../support/run-fixture.ts';
import { createJudgedBug } from '../grading/judged-bug.ts';

let bug: Awaited<ReturnType<typeof createJudgedBug>>;
let rollouts = 0;

beforeAll(async () => {
  bug = await createJudgedBug();
  const { ledger } = bug.services.store;
  const startedAt = '2026-01-02T03:04:05.678Z';
  await ledger.openRun({ runId: 'run', config: '{}', seed: 1, startedAt });
  const drawn = { subject: 'tiny', strategy: 'removal', order: 1, parentArtifactId: null, seed: 1 } as const;
  await ledger.openEpisode({ episodeId: 'run/episode-0', runId: 'run', groupId: null, ...drawn, startedAt });
});

afterEach(async () => {
  for (const { id } of await bug.services.sandboxes.list()) await bug.services.sandboxes.destroy(id);
});

afterAll(() => bug.dispose());

/** What a solver finds: names, types, modes, times and contents of the tree, and what git says of it. */
const LOOK = [
  "find . -path ./.git -prune -o -printf '%p %y %m %T@ %s\\n' | sort",
  'find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum',
  'git rev-parse HEAD; git status --porcelain; git cat-file --batch-all-objects --batch-check | sort',
].join('\n');

/** Boots an attempt's sandbox and looks at it. */
async function attempt(config: Said = {}) {
  const { services } = bug;
  const rolloutId = `rollout-${(rollouts += 1)}`;
  const task = { role: 'solver', artifactId: bug.artifactId } as const;
  const setting = aRolloutSetting({ subject: bug.fixture.subject, rolloutId, task, config });
  await openRollout(services, setting);
  const { sandboxId } = await createRolloutActivities(services, plainly, 'host').bootSandbox({
    ...setting,
    incarnation: 0,
  });
  const sandbox = await services.sandboxes.attach(sandboxId);
  const command = { id: 'look', argv: ['bash', '-c', LOOK], timeoutMs: 60_000, outputCapBytes: 1_000_000 } as const;
  const { stdout } = await sandbox.run(command);
  const audit = (await services.store.ledger.findRollout(rolloutId))?.audit ?? '';
  return { rolloutId, found: outputText(stdout), audit };
}

describe('the tree of an attempt', () => {
  it('of the embedded policy is what the first one at the bug was given, and the audit says whose', async () => {
    const first = await attempt();
    const second = await attempt();
    expect(second.found).toBe(first.found);
    expect(first.found).toContain('calc/arith.py');
    expect(second.audit).toBe(`${first.audit}; as prepared for ${first.rolloutId}`);
  });

  it('of another policy is prepared for it alone', async () => {
    await attempt();
    const { audit } = await attempt({ policy: { kind: 'openai', base_url: 'http://localhost/v1', model: 'm' } });
    expect(audit).toContain('1 commit');
    expect(audit).not.toContain('as prepared for');
  });
});
