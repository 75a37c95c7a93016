import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import pLimit from 'p-limit';

import { putJson } from '../../src/activities/services/json-blobs.ts';
import { LOAD_PATIENCE, type Services } from '../../src/activities/services/services.ts';
import type { Submission } from '../../src/activities/artifact/submission.ts';
import { createValidationActivities } from '../../src/activities/validation/validation-activities.ts';
import type { Configuration } from '../../src/config/configuration.ts';
import type { BlobRef } from '../../src/domain/record/blob-ref.ts';
import { ARTIFACT_FILES } from '../../src/domain/artifact/bug-artifact.ts';
import type { Subject } from '../../src/domain/subject/subject.ts';
import type { Store } from '../../src/store/store.ts';
import { aloneAmong } from '../../src/workers/alone-among.ts';
import { validateArtifact } from '../../src/workflows/validate-artifact.ts';
import type { Contestant } from './contestants.ts';
import { KINDS, watch, type Kind } from './watched-sandboxes.ts';

/** One artifact, validated once. */
export interface Validation {
  /** The verdict and how far each check came, in one line: the same for everyone who judges alike. */
  readonly verdict: string;
  readonly elapsedMs: number;
  /** Time of the calls to sandboxes by what they were for, and what was left without any. */
  readonly spentMs: Readonly<Record<Kind | 'bookkeeping', number>>;
  readonly boots: number;
}

export interface Task {
  readonly subject: Subject;
  readonly artifactDirectory: string;
  readonly config: Pick<Configuration, 'validation' | 'sandbox'>;
}

const OWNER = { runId: 'bench', episodeId: 'bench' };

/**
 * Validates with the code of episodes. Nothing is shared with an earlier validation but what is made once for an image:
 * its layers, and in the store the index of its content.
 */
export async function validateOnce(
  { subject, artifactDirectory, config }: Task,
  contestant: Contestant,
  store: Store,
): Promise<Validation> {
  const { sandboxes, seen } = watch(contestant.sandboxes);
  const testRuns = pLimit(contestant.concurrency);
  const services: Services = {
    store,
    sandboxes,
    policyFor: () => {
      throw new RangeError('a validation asks no policy');
    },
    trainerFor: () => {
      throw new RangeError('a validation trains nothing');
    },
    servingFor: () => {
      throw new RangeError('a validation trains nothing');
    },
    testRuns,
    aloneAmongTestRuns: aloneAmong(testRuns),
    loadPatience: LOAD_PATIENCE,
    deployment: 'bench',
  };
  const artifactId = randomUUID();
  const submission = await submissionOf(services, artifactDirectory);
  const steps = createValidationActivities(services, (step) =>
    step({ signal: new AbortController().signal, say: () => undefined }),
  );
  const startedAt = performance.now();
  const { verdict } = await validateArtifact(
    { owner: OWNER, artifactId, strategy: 'direct', episode: null, subject, submission, drawSeed: 1, ...config },
    steps,
  );
  const elapsedMs = performance.now() - startedAt;
  const checks = await store.ledger.listChecks(artifactId);
  const spentMs = seen.spentMs();
  return {
    verdict: `${verdict.consistent ? 'consistent' : 'inconsistent'}: ${checks.map((row) => `${row.check} ${row.verdict}`).join(', ')}`,
    elapsedMs,
    spentMs: { ...spentMs, bookkeeping: elapsedMs - seen.busyMs() },
    boots: seen.boots(),
  };
}

/** Every kind of work in the order of a table. */
export const WORK = [...KINDS, 'bookkeeping'] as const;

async function submissionOf({ store }: Services, directory: string): Promise<BlobRef> {
  const files: Record<string, BlobRef> = {};
  for (const name of ARTIFACT_FILES) files[name] = await store.blobs.put(await readFile(path.join(directory, name)));
  const submission: Submission = { format: 'submission-1', files };
  return putJson(store.blobs, submission);
}
