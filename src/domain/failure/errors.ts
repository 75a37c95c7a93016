/**
 * Broken machines, one class per reaction (docs/architecture.md, "Values and errors").
 *
 * What an agent did wrong is never here: that is a value, and it earns a reward. Temporal matches retries on the
 * class name, so the name is part of the contract.
 */
abstract class SelfPlayError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The sandbox backend did not do what it was asked (engine down, no space, a slow start): retry, possibly elsewhere. */
export class SandboxUnavailableError extends SelfPlayError {}

/** This worker stops and hands back what it was at: taken again at once, by another, and no try is counted. */
export class WorkerStoppedError extends SelfPlayError {}

/** This sandbox no longer exists: restore from its last snapshot in a new one. */
export class SandboxGoneError extends SelfPlayError {}

/** What was stored as a snapshot is gone or damaged: restore an earlier one, or begin again. */
export class SnapshotUnusableError extends SelfPlayError {}

/** The subject's image or directory does not exist, holds no source tree, or cannot be made safe for a solver: never retry. */
export class ImageNotFoundError extends SelfPlayError {}

/** The policy did not answer (408, 409, 429, 5xx, network): retry with backoff, no sooner than `retryAfterMs`. */
export class PolicyUnavailableError extends SelfPlayError {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options?: ErrorOptions & { retryAfterMs?: number | undefined }) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** The policy refused the request (other 4xx): never retry. */
export class PolicyRequestRejectedError extends SelfPlayError {}

/** A newer incarnation of the rollout holds the journal: stop, this reply counts as lost. */
export class RolloutFencedError extends SelfPlayError {}

/** A workflow input that cannot be read: never retry; the message says where and what. */
export class InvalidInputError extends SelfPlayError {}

/** A configuration that cannot be read: exit code 2; the message names the offending path. */
export class InvalidConfigError extends SelfPlayError {}

/** The ledger holds a different value under the same business key: a bug of ours, never retried away. */
export class LedgerConflictError extends SelfPlayError {}

/** Content that a reference names is not in the blob store or no longer matches its hash: never retry. */
export class BlobMissingError extends SelfPlayError {}

/** The store did not take a write (disk full, database locked or out of reach): retry. */
export class StoreUnavailableError extends SelfPlayError {}

/** The trainer did not answer (408, 425, 429, 5xx, network): the same call again. */
export class TrainerUnavailableError extends SelfPlayError {}

/** The trainer no longer has this run's model: go on from the last checkpoint. */
export class TrainerLostError extends SelfPlayError {}

/** The trainer refused the call: never retry. */
export class TrainerRefusedError extends SelfPlayError {}

/** An inference server did not answer (408, 425, 429, 5xx, network): publish the same weights again. */
export class ServingUnavailableError extends SelfPlayError {}

/** An inference server does not sample from the weights that it was told to load, or nothing shows that it does: never retry. */
export class WeightsNotServedError extends SelfPlayError {}
