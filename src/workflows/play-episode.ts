import type { AttemptRecord, Settlement } from '../activities/episode-activities.ts';
import type { EpisodeConfiguration, EpisodeInput, RecycledBug } from '../activities/episode-input.ts';
import type { GradedAttempt, GradingInput } from '../activities/grading-activities.ts';
import type { RecordedVerdict, VerdictInput } from '../activities/record-verdict.ts';
import type { RecycleInput } from '../activities/recycle-activities.ts';
import type { RolloutEnd, RolloutSetting, RolloutTask } from '../activities/rollout-setting.ts';
import type { BlobRef } from '../domain/blob-ref.ts';
import type { ConsistencyVerdict } from '../domain/check-record.ts';
import { groupAdvantages } from '../domain/advantages.ts';
import { faultOfRollout } from '../domain/fault.ts';
import { groupOutcome } from '../domain/group-outcome.ts';
import type { EpisodeOutcome } from '../domain/ledger-rows.ts';
import { injectorReward, solverReward } from '../domain/rewards.ts';
import type { AttemptOutcome } from '../domain/solve-rate.ts';
import { seededInteger } from '../domain/seeded-draw.ts';
import { artifactId, attemptId, injectorRolloutId, solverRolloutId } from './workflow-ids.ts';

export interface EpisodeResult {
  readonly episodeId: string;
  readonly outcome: EpisodeOutcome;
  readonly verdict: ConsistencyVerdict | null;
  readonly solveRate: number | null;
  readonly rewards: readonly {
    readonly role: 'injector' | 'solver';
    readonly attempt: number;
    readonly reward: number;
  }[];
  /** Stored second-order bugs for the run to play as episodes of their own. */
  readonly recycled: readonly RecycledBug[];
}

export interface EpisodeSteps {
  readonly enterPhase: (phase: EpisodePhase, input: EpisodeInput) => Promise<void>;
  /** A rollout as a workflow of its own; one that ends by an infrastructure failure ends as `lost`. */
  readonly playRollout: (setting: RolloutSetting) => Promise<RolloutEnd>;
  readonly validateArtifact: (input: Omit<VerdictInput, 'facts' | 'drawSeed'>) => Promise<RecordedVerdict>;
  readonly gradeAttempt: (input: Omit<GradingInput, 'drawSeed'>) => Promise<GradedAttempt>;
  readonly recordAttempt: (attempt: AttemptRecord) => Promise<void>;
  readonly recycleAttempt: (input: Omit<RecycleInput, 'drawSeed'>) => Promise<readonly string[]>;
  readonly emitRewards: (settlement: Settlement) => Promise<void>;
  readonly isInfrastructureFailure: (error: unknown) => boolean;
}

export type EpisodePhase = 'inject' | 'validate' | 'solve' | 'recycle' | 'reward';

/** One bug's life (paper, Fig. 2): inject, validate, G solve attempts, recycle failures, settle rewards once. */
export async function playEpisode(input: EpisodeInput, steps: EpisodeSteps): Promise<EpisodeResult> {
  const injection = await makeBug(input, steps);
  if (injection.kind === 'lost') return settle(input, steps, { outcome: 'lost', ...NOTHING });
  if (injection.kind === 'unusable') {
    const reward = injectorReward({ consistent: false }, input.config.rewards);
    const rewards = [injectorRow(input, injection.rolloutId, reward)];
    const { verdict, check } = injection;
    return settle(input, steps, {
      ...NOTHING,
      outcome: 'rewarded',
      verdict,
      check,
      rewards,
      artifactId: injection.artifactId,
    });
  }

  await steps.enterPhase('solve', input);
  const attempts = await Promise.all(
    range(input.config.attempts).map((attempt) => solve(input, steps, injection.artifactId, attempt)),
  );
  const group = groupOutcome(
    attempts.map(({ outcome }) => outcome),
    input.config.minValidAttempts,
  );
  const verdict: ConsistencyVerdict = { consistent: true };
  if (!group.rewardable)
    return settle(input, steps, { ...NOTHING, outcome: 'lost', verdict, artifactId: injection.artifactId });

  await steps.enterPhase('recycle', input);
  const second = await recycle(input, steps, injection.artifactId, attempts);
  const recycled = second.map((id) => ({ artifactId: id, injectorRolloutId: injection.rolloutId }));

  await steps.enterPhase('reward', input);
  const { solveRate } = group;
  const rewards = [
    ...(injection.rolloutId === null
      ? []
      : [
          injectorRow(
            input,
            injection.rolloutId,
            injectorReward({ consistent: true, solveRate }, input.config.rewards),
          ),
        ]),
    ...solverRows(input, attempts),
  ];
  const settled = {
    outcome: 'rewarded',
    verdict,
    check: null,
    artifactId: injection.artifactId,
    solveRate,
    rewards,
  } as const;
  return { ...(await settle(input, steps, settled)), recycled };
}

type Injection =
  | { readonly kind: 'bug'; readonly artifactId: string; readonly rolloutId: string | null }
  | {
      readonly kind: 'unusable';
      readonly rolloutId: string;
      readonly artifactId: string | null;
      readonly verdict: ConsistencyVerdict;
      readonly check: Settlement['check'];
    }
  | { readonly kind: 'lost' };

/** The bug that the episode is about: a stored second-order one, or a new one that an injector makes and checks accept. */
async function makeBug(input: EpisodeInput, steps: EpisodeSteps): Promise<Injection> {
  if (input.parent !== null) return { kind: 'bug', ...parentBug(input.parent, input.config) };
  await steps.enterPhase('inject', input);
  const task: RolloutTask = { role: 'injector', strategy: input.strategy, validation: input.config.validation };
  const end = await playUntilFinal(input, steps, task, 0, (replay) => injectorRolloutId(input.episodeId, replay));
  const { rolloutId, submission } = end;
  if (faultOfRollout(end.outcome) === 'infrastructure') return { kind: 'lost' };
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
  if (recorded === undefined) return { kind: 'lost' };
  const { verdict, artifactId: id } = recorded;
  if (verdict.consistent) return { kind: 'bug', artifactId: id, rolloutId };
  return { kind: 'unusable', rolloutId, artifactId: id, verdict, check: verdict.check };
}

/** A second-order bug pays its solvers only, unless the run rewards the injector behind it too (SPEC 7). */
function parentBug(
  { artifactId: id, injectorRolloutId: rolloutId }: RecycledBug,
  { higherOrder }: EpisodeConfiguration,
) {
  return { artifactId: id, rolloutId: higherOrder.rewardInjector ? rolloutId : null };
}

/** The verdict on the submission; undefined when infrastructure took the validation, for that says nothing about it. */
async function validate(
  input: EpisodeInput,
  steps: EpisodeSteps,
  submission: BlobRef,
): Promise<RecordedVerdict | undefined> {
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
    return undefined;
  }
}

interface Attempt {
  readonly attempt: number;
  readonly rolloutId: string;
  readonly outcome: AttemptOutcome;
  readonly patch: BlobRef | null;
}

/** One solve attempt and its grade. What infrastructure took is `lost`: it counts nowhere and earns nothing. */
async function solve(input: EpisodeInput, steps: EpisodeSteps, bug: string, attempt: number): Promise<Attempt> {
  const { runId, episodeId, subject, config } = input;
  const task: RolloutTask = { role: 'solver', artifactId: bug };
  const end = await playUntilFinal(input, steps, task, attempt, (replay) =>
    solverRolloutId(episodeId, attempt, replay),
  );
  const { rolloutId, submission } = end;
  const record = (outcome: Attempt['outcome'], { reason, patch, report, validatorVersion }: Grade) =>
    steps.recordAttempt({
      attemptId: attemptId(episodeId, attempt),
      episodeId,
      artifactId: bug,
      attempt,
      rolloutId,
      outcome,
      reason,
      patch,
      report,
      validatorVersion,
    });
  try {
    if (faultOfRollout(end.outcome) === 'infrastructure') {
      await record('lost', ungraded('its rollout was lost to infrastructure'));
      return { attempt, rolloutId, outcome: 'lost', patch: null };
    }
    const grade = await steps.gradeAttempt({
      owner: { runId, episodeId },
      subject,
      artifactId: bug,
      submission,
      sandbox: config.sandbox,
      grading: config.grading,
    });
    const outcome = grade.solved ? 'solved' : 'unsolved';
    await record(outcome, grade);
    return { attempt, rolloutId, outcome, patch: grade.patch };
  } catch (error) {
    if (!steps.isInfrastructureFailure(error)) throw error;
    await record('lost', ungraded('its grading was lost to infrastructure'));
    return { attempt, rolloutId, outcome: 'lost', patch: null };
  }
}

type Grade = Pick<AttemptRecord, 'reason' | 'patch' | 'report' | 'validatorVersion'>;

function ungraded(reason: string): Grade {
  return { reason, patch: null, report: null, validatorVersion: null };
}

/** Plays a rollout, and again from its beginning when it was lost, a bounded number of times (SPEC 5). */
async function playUntilFinal(
  input: EpisodeInput,
  steps: EpisodeSteps,
  task: RolloutTask,
  attempt: number,
  rolloutId: (replay: number) => string,
): Promise<RolloutEnd> {
  const { runId, episodeId, subject, config } = input;
  for (let replay = 0; ; replay += 1) {
    const end = await steps.playRollout({
      rolloutId: rolloutId(replay),
      owner: { runId, episodeId },
      subject,
      task,
      attempt,
      seed: seededInteger(input.seed, task.role, attempt, replay),
      policy: config.policy,
      rollout: config.rollout,
      sandbox: config.sandbox,
    });
    if (faultOfRollout(end.outcome) !== 'infrastructure' || replay >= config.rollout.replays) return end;
  }
}

/**
 * Failed attempts as second-order bugs; second order at most (SPEC 7). One that infrastructure took is no loss: the
 * parent's rewards do not wait for it.
 */
async function recycle(
  input: EpisodeInput,
  steps: EpisodeSteps,
  bug: string,
  attempts: readonly Attempt[],
): Promise<readonly string[]> {
  const { config, runId, episodeId, subject, seed } = input;
  const { enabled, maxPerBug } = config.higherOrder;
  if (!enabled || input.parent !== null || attempts.every(({ outcome }) => outcome !== 'unsolved')) return [];
  try {
    return await steps.recycleAttempt({
      owner: { runId, episodeId },
      subject,
      artifactId: bug,
      attempts: attempts.map(({ attempt, outcome, patch }) => ({
        attemptId: attemptId(episodeId, attempt),
        outcome,
        patch,
      })),
      seed,
      maxPerBug,
      sandbox: config.sandbox,
      grading: config.grading,
    });
  } catch (error) {
    if (!steps.isInfrastructureFailure(error)) throw error;
    return [];
  }
}

type Outcome = Omit<Settlement, 'episodeId'>;

const NOTHING = { verdict: null, check: null, artifactId: null, solveRate: null, rewards: [] } as const;

async function settle(input: EpisodeInput, steps: EpisodeSteps, outcome: Outcome): Promise<EpisodeResult> {
  const { episodeId } = input;
  await steps.emitRewards({ episodeId, ...outcome });
  const { verdict, solveRate } = outcome;
  const rewards = outcome.rewards.map(({ role, attempt, reward }) => ({ role, attempt, reward }));
  return { episodeId, outcome: outcome.outcome, verdict, solveRate, rewards, recycled: [] };
}

function injectorRow({ episodeId }: EpisodeInput, rolloutId: string, reward: number): Outcome['rewards'][number] {
  // Its advantage is settled with the injection group, when all siblings are final.
  return { episodeId, role: 'injector', attempt: 0, rolloutId, reward, advantage: null };
}

function solverRows({ episodeId }: EpisodeInput, attempts: readonly Attempt[]): Outcome['rewards'] {
  const final = attempts.filter(({ outcome }) => outcome !== 'lost');
  const rewards = final.map(({ outcome }) => solverReward(outcome === 'solved'));
  const advantages = groupAdvantages(rewards);
  return final.map(({ attempt, rolloutId }, index) => ({
    episodeId,
    role: 'solver',
    attempt,
    rolloutId,
    reward: rewards[index] ?? 0,
    advantage: advantages[index] ?? 0,
  }));
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
