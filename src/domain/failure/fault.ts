import type { RolloutOutcome } from '../record/ledger-rows.ts';

/**
 * Whose doing it is that something came to nothing, each with one owner and one reaction (docs/specification.md#lost;
 * docs/architecture.md).
 *
 * `artifact`: the injector's five files; it earns -1, with the check that decided. `policy`: what the role did; it earns
 * its reward and stays trainable. `infrastructure`: a machine; masked, replayed a bounded number of times, never a
 * reward. `set-up`: the run's configuration; the run ends with it. `internal`: what no second try mends (lost data, a
 * subject that is gone, a mistake of ours); the episode ends as `lost`.
 */
export type Fault = 'artifact' | 'policy' | 'infrastructure' | 'set-up' | 'internal';

interface ErrorReaction {
  readonly fault: Exclude<Fault, 'artifact' | 'policy'>;
  /** Whether a second try can be anything but the same again. */
  readonly retried: boolean;
}

/** The reaction to each error class of errors.ts, and to the two that mean a mistake in our code. */
export const ERROR_REACTIONS = {
  SandboxUnavailableError: { fault: 'infrastructure', retried: true },
  SandboxGoneError: { fault: 'infrastructure', retried: true },
  SnapshotUnusableError: { fault: 'infrastructure', retried: true },
  WorkerStoppedError: { fault: 'infrastructure', retried: true },
  PolicyUnavailableError: { fault: 'infrastructure', retried: true },
  StoreUnavailableError: { fault: 'infrastructure', retried: true },
  ServingUnavailableError: { fault: 'infrastructure', retried: true },
  RolloutFencedError: { fault: 'infrastructure', retried: true },
  TrainerUnavailableError: { fault: 'infrastructure', retried: true },
  TrainerLostError: { fault: 'infrastructure', retried: true },
  TrainerRefusedError: { fault: 'set-up', retried: false },
  ImageNotFoundError: { fault: 'internal', retried: false },
  PolicyRequestRejectedError: { fault: 'set-up', retried: false },
  WeightsNotServedError: { fault: 'set-up', retried: false },
  InvalidInputError: { fault: 'internal', retried: false },
  InvalidConfigError: { fault: 'set-up', retried: false },
  LedgerConflictError: { fault: 'internal', retried: false },
  BlobMissingError: { fault: 'internal', retried: false },
  RangeError: { fault: 'internal', retried: false },
  TypeError: { fault: 'internal', retried: false },
} as const satisfies Readonly<Record<string, ErrorReaction>>;

/**
 * Whether an error of this class says nothing about the artifact that was being judged: a machine was lost, or what was
 * to be judged is not there any more. Anything else is a mistake of ours, or of the set-up.
 */
export function saysNothingOfArtifact(errorClass: string): boolean {
  return [...errorsOf('infrastructure'), ...GONE].includes(errorClass);
}

const GONE: readonly (keyof typeof ERROR_REACTIONS)[] = ['ImageNotFoundError', 'BlobMissingError'];

/** The error classes of one fault. */
export function errorsOf(fault: Fault): readonly string[] {
  return Object.entries(ERROR_REACTIONS).flatMap(([name, reaction]) => (reaction.fault === fault ? [name] : []));
}

/** The error classes of which a second try can only be the same again. */
export function errorsNeverRetried(): readonly string[] {
  return Object.entries(ERROR_REACTIONS).flatMap(([name, { retried }]) => (retried ? [] : [name]));
}

/** Whose doing it is that a rollout came to its end as it did; undefined when nothing is wrong with it. */
export function faultOfRollout(
  outcome: Exclude<RolloutOutcome, 'cancelled'>,
): Extract<Fault, 'policy' | 'infrastructure'> | undefined {
  switch (outcome) {
    case 'submitted':
      return undefined;
    case 'lost':
      return 'infrastructure';
    case 'no-submission':
    case 'turn-limit':
    case 'context-limit':
    case 'time-limit':
      return 'policy';
  }
}
