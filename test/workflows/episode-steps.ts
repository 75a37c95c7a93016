import type { Settlement } from '../../src/activities/run/episode-activities.ts';
import type { AttemptRow } from '../../src/domain/record/ledger-rows.ts';
import type { RecycleInput } from '../../src/activities/recycling/recycle-activities.ts';
import type { RolloutEnd, RolloutSetting } from '../../src/activities/rollout/rollout-setting.ts';
import type { ConsistencyVerdict } from '../../src/domain/record/check-record.ts';
import type { EpisodeSteps } from '../../src/workflows/episode-steps.ts';
import { together } from '../../src/workflows/together.ts';
import { aReference } from '../support/run-fixture.ts';

/** How an attempt goes in a scene. */
export type AttemptPlay =
  | 'solved'
  | 'unsolved'
  /** Its rollout ends without a submission. */
  | 'turn-limit'
  /** Its rollout is lost, whatever is tried. */
  | 'lost'
  /** Its rollout is lost the first time and solves the bug the second. */
  | 'lost-then-solved'
  | 'grading-lost'
  | 'grading-refused'
  /** A person cancels the episode while it is graded. */
  | 'cancelled';

export interface Scene {
  /** How the injector's rollouts end, one after the other; `submitted` by default. */
  readonly injections?: readonly RolloutEnd['outcome'][];
  readonly verdict?: ConsistencyVerdict | Error;
  readonly attempts?: readonly AttemptPlay[];
  readonly recycled?: readonly string[] | Error;
}

/** A machine failed; `isInfrastructureFailure` of a scene knows it by its class. */
export class MachineFailure extends Error {}

/** A person has cancelled the episode. */
export class Cancelled extends Error {}

/** The steps of one episode as plain functions that write down what they were asked. */
export function episodeSteps(scene: Scene = {}) {
  const played: RolloutSetting[] = [];
  const settlements: Settlement[] = [];
  const attempts: AttemptRow[] = [];
  const recycles: Omit<RecycleInput, 'drawSeed'>[] = [];
  const phases: string[] = [];
  const validated: string[] = [];
  const told: string[] = [];
  const steps: EpisodeSteps = {
    enterPhase: (phase) => Promise.resolve(void phases.push(phase)),
    playRollout: (setting) => {
      const before = played.filter(({ task, attempt }) => isSame(setting, { task, attempt })).length;
      played.push(setting);
      const outcome = setting.task.role === 'injector' ? injection(scene, before) : attempt(scene, setting, before);
      const submission = outcome === 'submitted' ? aReference(String(setting.attempt)) : null;
      const problem = outcome === 'lost' ? 'its host is gone' : null;
      return Promise.resolve({ rolloutId: setting.rolloutId, outcome, submission, policyVersion: 0, problem });
    },
    validateArtifact: ({ artifactId }) => {
      validated.push(artifactId);
      const verdict = scene.verdict ?? { consistent: true };
      return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve({ artifactId, verdict });
    },
    gradeAttempt: ({ submission }) => {
      const play = scene.attempts?.[Number(submission?.sha256)] ?? 'unsolved';
      if (play === 'grading-lost') return Promise.reject(new MachineFailure('the sandbox host is gone'));
      if (play === 'cancelled') return Promise.reject(new Cancelled('cancelled by a person'));
      if (play === 'grading-refused') return Promise.reject(new Error('the stored artifact is damaged'));
      const solved = play === 'solved' || play === 'lost-then-solved';
      const patch = submission === null ? null : aReference(`patch-${submission.sha256}`);
      return Promise.resolve({ solved, reason: play, patch, report: null, validatorVersion: '2' });
    },
    recordAttempt: (record) => Promise.resolve(void attempts.push(record)),
    recycleAttempt: (input) => {
      recycles.push(input);
      const recycled = scene.recycled ?? [];
      return recycled instanceof Error ? Promise.reject(recycled) : Promise.resolve(recycled);
    },
    emitRewards: (settlement) => Promise.resolve(void settlements.push(settlement)),
    together: (work) => together(work, () => void told.push('the others are told to stop')),
    isCancellation: (error) => error instanceof Cancelled,
    isInfrastructureFailure: (error) => error instanceof MachineFailure,
  };
  return { steps, played, settlements, attempts, recycles, phases, validated, told };
}

function isSame(setting: RolloutSetting, { task, attempt }: Pick<RolloutSetting, 'task' | 'attempt'>): boolean {
  return setting.task.role === task.role && setting.attempt === attempt;
}

function injection({ injections = ['submitted'] }: Scene, replay: number): RolloutEnd['outcome'] {
  return injections[replay] ?? injections.at(-1) ?? 'submitted';
}

function attempt({ attempts = [] }: Scene, setting: RolloutSetting, replay: number): RolloutEnd['outcome'] {
  const play = attempts[setting.attempt];
  if (play === 'lost' || (play === 'lost-then-solved' && replay === 0)) return 'lost';
  return play === 'turn-limit' ? 'turn-limit' : 'submitted';
}
