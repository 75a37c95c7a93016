import type { DirectoryPublication } from '../../domain/training/publication.ts';
import type { Replica } from './replica.ts';

/** How one kind of inference server is asked; each function is of one replica. */
export interface ReplicaProtocol {
  /** For messages: "vLLM". */
  readonly name: string;
  /** What its servers load. */
  readonly takes: readonly DirectoryPublication['kind'][];
  /** Holds replies that are being sampled; absent where new weights come beside the old ones. */
  readonly pause?: ReplicaStep;
  readonly resume?: ReplicaStep;
  /** Loads what is not loaded yet. */
  readonly load: (replica: Replica, publication: DirectoryPublication, signal: AbortSignal) => Promise<void>;
  /** Whether a server says which version of these it has. */
  readonly statesVersion: (publication: DirectoryPublication) => boolean;
  /** Why it does not say that it has this version; undefined when it does, or states none. */
  readonly versionProblem: (
    replica: Replica,
    publication: DirectoryPublication,
    signal: AbortSignal,
  ) => Promise<string | undefined>;
  /** Log-probabilities of the probe's tokens: under this publication, or under what the server was started with. */
  readonly probe: (
    replica: Replica,
    publication: DirectoryPublication | undefined,
    signal: AbortSignal,
  ) => Promise<readonly number[]>;
  /** Lets go of all adapters but those of these versions; absent where there is one set of weights. */
  readonly tidy?: (
    replica: Replica,
    versions: { readonly oldest: number; readonly newest: number },
    signal: AbortSignal,
  ) => Promise<void>;
}

export type ReplicaStep = (replica: Replica, signal: AbortSignal) => Promise<void>;

/** The fixed prompt. Code and prose, so that few updates leave all of its tokens' log-probabilities as they were. */
export const PROBE_PROMPT =
  'def median(values):\n    """The middle one of the sorted values."""\n    ordered = sorted(values)\n    return ordered[len(ordered) // 2]\n\nThe test fails because';
