import type { RevalidationChecks } from '../activities/revalidation/record-revalidation.ts';
import type { VerdictInput } from '../activities/validation/record-verdict.ts';
import type { RevalidationPage, RevalidationPlan } from '../activities/revalidation/revalidation-activities.ts';
import type { ValidationActivities } from '../activities/validation/validation-activities.ts';
import { eachOf } from './each-of.ts';
import { validateArtifact } from './validate-artifact.ts';

/** How far a revalidation has come; handed on when its workflow continues as new. */
export interface RevalidationProgress {
  readonly revalidationId: string;
  readonly judged: number;
  /** Of those judged, the ones with another verdict or another deciding check. */
  readonly changed: number;
  /** Artifacts about which nothing could be found out: their subject is gone, or a machine was lost. */
  readonly notDone: number;
  /** Artifacts that this version of the checks has judged before. */
  readonly skipped: number;
  /** Where the next page begins; null at the beginning and at the end. */
  readonly after: string | null;
  readonly finished: boolean;
}

export interface RevalidationSteps {
  readonly selectArtifacts: (after: string | null) => Promise<RevalidationPage>;
  readonly planRevalidation: (artifactId: string) => Promise<RevalidationPlan>;
  /** Gathers the facts anew, judges them and writes what today's checks say. */
  readonly revalidate: (input: Omit<VerdictInput, 'facts'>) => Promise<{ readonly changed: boolean }>;
  readonly recordNotDone: (artifactId: string, reason: string) => Promise<void>;
  /** Why a failed step says nothing about the artifact; undefined where it is to end everything. */
  readonly problemOf: (error: unknown) => string | undefined;
  readonly tell: (progress: RevalidationProgress) => void;
  readonly shouldContinueAsNew: () => boolean;
}

export interface RevalidationLimits {
  /** Artifacts that are judged at most. */
  readonly limit?: number | undefined;
  /** Artifacts that are judged at once. */
  readonly window: number;
}

export function newRevalidation(revalidationId: string): RevalidationProgress {
  return { revalidationId, judged: 0, changed: 0, notDone: 0, skipped: 0, after: null, finished: false };
}

/** Re-runs today's checks on stored artifacts, with no model call; the verdicts that were paid on stay as they are. */
export async function revalidateArtifacts(
  { limit = Number.POSITIVE_INFINITY, window }: RevalidationLimits,
  before: RevalidationProgress,
  steps: RevalidationSteps,
): Promise<RevalidationProgress> {
  let progress = before;
  const say = (change: Partial<RevalidationProgress>) => {
    progress = { ...progress, ...change };
    steps.tell(progress);
  };
  for (;;) {
    const { artifactIds, skipped, after } = await steps.selectArtifacts(progress.after);
    const left = limit - progress.judged - progress.notDone;
    say({ skipped: progress.skipped + skipped });
    await eachOf(artifactIds.slice(0, left), window, async (artifactId) => {
      const outcome = await revalidateOne(artifactId, steps);
      if (outcome === 'not-done') say({ notDone: progress.notDone + 1 });
      else say({ judged: progress.judged + 1, changed: progress.changed + (outcome === 'changed' ? 1 : 0) });
    });
    const finished = after === null || artifactIds.length >= left;
    say({ after, finished });
    if (finished || steps.shouldContinueAsNew()) return progress;
  }
}

/** Goes through the gatherings of an artifact, and writes what today's checks say beside the verdict it was paid on. */
export async function revalidate(
  artifact: Omit<VerdictInput, 'facts'>,
  revalidationId: string,
  checks: ValidationActivities & RevalidationChecks,
): Promise<{ readonly changed: boolean }> {
  let changed = false;
  await validateArtifact(artifact, checks, async (facts) => {
    const recorded = await checks.recordRevalidation({ ...facts, revalidationId });
    changed = recorded.changed;
    return recorded;
  });
  return { changed };
}

async function revalidateOne(artifactId: string, steps: RevalidationSteps): Promise<'changed' | 'same' | 'not-done'> {
  const plan = await steps.planRevalidation(artifactId);
  if (!plan.judgeable) return notDone(artifactId, plan.reason, steps);
  try {
    return (await steps.revalidate(plan.input)).changed ? 'changed' : 'same';
  } catch (error) {
    const reason = steps.problemOf(error);
    if (reason === undefined) throw error;
    return notDone(artifactId, reason, steps);
  }
}

async function notDone(artifactId: string, reason: string, steps: RevalidationSteps): Promise<'not-done'> {
  await steps.recordNotDone(artifactId, reason);
  return 'not-done';
}
