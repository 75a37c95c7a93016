import type { DirectoryPublication } from '../domain/training/publication.ts';

/**
 * The serving port: the inference servers that the policy is sampled from, each of them a replica with the same weights
 * (docs/training.md#serving-new-weights). A trainer whose own server samples needs none.
 *
 * Errors: `ServingUnavailableError` (a replica does not answer; publish the same again), `WeightsNotServedError` (a
 * replica refuses the weights, keeps the old ones, or nothing shows which it has), and the abort reason. Both name the
 * replicas. However a call ends, no replica stays paused that can be reached; the message names those that are.
 */
export interface Serving {
  readonly name: string;
  /** What its servers load. */
  readonly takes: readonly DirectoryPublication['kind'][];
  /** What its servers were started with, and kept like what comes of a publication. */
  look(call: ServingCall): Promise<ServedWeights>;
  /** Has every replica load these weights, and proves that each of them samples from them. May be asked again. */
  publish(publication: DirectoryPublication, call: PublishCall): Promise<ServedWeights>;
}

export interface ServingCall {
  readonly signal: AbortSignal;
  /** What is waited for, for people. */
  readonly say: (what: string) => void;
}

export interface PublishCall extends ServingCall {
  /** What was served before: of the last publication that was completed, or of `look`. */
  readonly before: ServedWeights;
  /** Whether the weights are other ones than before. A step with a learning rate of 0 leaves them as they are. */
  readonly changed: boolean;
  /** The oldest version that rollouts may still ask for; servers that hold several let go of those before it. */
  readonly oldestSampled: number;
}

/** JSON to keep with the publication. */
export interface ServedWeights {
  /** Of each replica, by its URL: the log-probabilities of a fixed prompt's tokens under its weights. */
  readonly probes: Readonly<Record<string, readonly number[]>>;
}
