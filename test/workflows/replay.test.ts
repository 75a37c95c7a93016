import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';

import { UNHURRIED_WORKFLOWS } from '../../src/workers/worker-bounds.ts';

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));
const WORKFLOWS = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));

let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  // What a replay that is meant to fail says about itself says nothing to a reader.
  const filter = { core: 'ERROR', other: 'ERROR' } as const;
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter, forward: {} } },
  });
  workflowBundle = await bundleWorkflowCode({ workflowsPath: WORKFLOWS, logger: new DefaultLogger('ERROR') });
});

function textOf(name: string): string {
  return readFileSync(`${FOLDER}${name}`, 'utf8');
}

function workflowIdIn(text: string): string {
  return /"workflowId": "([^"]+)"/.exec(text)?.[1] ?? '';
}

async function replay(text: string): Promise<void> {
  await Worker.runReplayHistory({ workflowBundle, ...UNHURRIED_WORKFLOWS }, JSON.parse(text), workflowIdIn(text));
}

describe('a kept history', () => {
  it.each(NAMES)('%s replays with the workflows of today', async (name) => {
    await replay(textOf(name));
  });

  it('is there for each workflow type, and for episodes of both verdicts', () => {
    for (const start of [
      'self-play-training.',
      'self-play-episode.consistent',
      'self-play-episode.inconsistent',
      'agent-rollout.',
      'artifact-revalidation.',
    ]) {
      expect(NAMES.filter((name) => name.startsWith(start)).length).toBeGreaterThanOrEqual(1);
    }
  });
});

describe('a workflow that has changed under a running one', () => {
  const consistent = 'self-play-episode.consistent.json';

  it('is caught when it calls another activity', async () => {
    const changed = textOf(consistent).replaceAll('"emitRewards"', '"payRewards"');
    await expect(replay(changed)).rejects.toThrow(DeterminismViolationError);
  });

  it('is caught when it names a child otherwise', async () => {
    const changed = textOf(consistent).replaceAll('/solver-1"', '/solver-one"');
    await expect(replay(changed)).rejects.toThrow(DeterminismViolationError);
  });

  it('is caught when it is another workflow altogether', async () => {
    const changed = textOf(consistent).replaceAll('"selfPlayEpisode"', '"agentRollout"');
    await expect(replay(changed)).rejects.toThrow();
  });
});
