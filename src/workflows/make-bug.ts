import type { Settlement } from '../activities/run/episode-activities.ts';
import type { EpisodeConfiguration, EpisodeInput } from '../activities/run/episode-input.ts';
import type { RecordedVerdict } from '../activities/validation/record-verdict.ts';
import type { RolloutTask } from '../activities/rollout/rollout-setting.ts';
import type { BlobRef } from '../domain/record/blob-ref.ts';
import type { ConsistencyVerdict } from '../domain/record/check-record.ts';
import { faultOfRollout } from '../domain/failure/fault.ts';
import { rootMessageOf } from '../domain/failure/root-message.ts';
import type { RecycledBug } from '../domain/run/episode-end.ts';
import type { EpisodeSteps } from './episode-steps.ts';
import { playUntilFinal, problemOfLost } from './play-until-final.ts';
import { artifactId, injectorRolloutId } from './workflow-ids.ts';

/** What came of the first half of an episode. */
export type Injection =
  | { readonly kind: 'bug'; readonly artifactId: string; readonly rolloutId: string | null }
  | {
      readonly kind: 'unusable';
      readonly rolloutId: string;
      readonly artifactId: string | null;
      readonly verdict: ConsistencyVerdict;
      readonly check: Settlement['check'];
    }
  | { readonly kind: 'lost'; readonly problem: string };

/**
 * The bug that the episode is about: a stored one, of a library or of second order, or a new one that an injector makes and
 * checks accept.
 */
export async function makeBug(input: EpisodeInput, steps: EpisodeSteps): Promise<Injection> {
  if (input.bug !== undefined) return { kind: 'bug', artifactId: input.bug, rolloutId: null };
  if (input.parent !== null) return { kind: 'bug', ...parentBug(input.parent, input.config) };
  await steps.enterPhase('inject', input);
  const task: RolloutTask = { role: 'injector', strategy: input.strategy, validation: input.config.validation };
  const end = await playUntilFinal(input, steps, task, 0, (replay) => injectorRolloutId(input.episodeId, replay));
  const { rolloutId, submission } = end;
  if (faultOfRollout(end.outcome) === 'infrastructure') return { kind: 'lost', problem: problemOfLost(end) };
  if (submission === null) {
    const verdict = {
      consistent: false,
      check: 'artifact',
      detail: `the rollout ended without one (${end.outcome})`,
    } as const;
    return { kind: 'unusable', rolloutId, artifactId: null, verdict, check: 'no-submission' };
  }
  await steps.enterPhase('validate', input);
  const recorded = await validate(input, steps, submission);
  if ('lostBy' in recorded) return { kind: 'lost', problem: rootMessageOf(recorded.lostBy) };
  const { verdict, artifactId: id } = recorded;
  if (verdict.consistent) return { kind: 'bug', artifactId: id, rolloutId };
  return { kind: 'unusable', rolloutId, artifactId: id, verdict, check: verdict.check };
}

/**
 * A second-order bug pays its solvers only, unless the run rewards the injector behind it too
 * (docs/specification.md#higher-order-bugs).
 */
function parentBug(
  { artifactId: id, injectorRolloutId: rolloutId }: RecycledBug,
  { higherOrder }: EpisodeConfiguration,
) {
  return { artifactId: id, rolloutId: higherOrder.rewardInjector ? rolloutId : null };
}

/** The verdict on the submission; when infrastructure took the validation there is none, for that says nothing about it. */
async function validate(
  input: EpisodeInput,
  steps: EpisodeSteps,
  submission: BlobRef,
): Promise<RecordedVerdict | { readonly lostBy: unknown }> {
  const { runId, episodeId, subject, strategy, config } = input;
  const owner = { runId, episodeId };
  const { sandbox, validation } = config;
  const id = artifactId(episodeId);
  try {
    return await steps.validateArtifact({
      owner,
      artifactId: id,
      episode: owner,
      subject,
      strategy,
      submission,
      sandbox,
      validation,
    });
  } catch (error) {
    if (!steps.isInfrastructureFailure(error)) throw error;
    return { lostBy: error };
  }
}
