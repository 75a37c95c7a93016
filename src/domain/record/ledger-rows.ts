import type { BlobRef } from './blob-ref.ts';
import type { AttemptOutcome } from '../reward/solve-rate.ts';

/** Times are ISO 8601 in UTC. A null field is not known yet. */

export type InjectionStrategy = 'removal' | 'history' | 'direct';
export type Role = 'injector' | 'solver';

export interface RunRow {
  readonly runId: string;
  /** The whole configuration as the run was started with it, JSON. */
  readonly config: string;
  readonly seed: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly outcome: 'completed' | 'cancelled' | 'failed' | null;
}

/**
 * Sibling episodes on one draw of (subject, strategy); the baseline of their injectors' advantages
 * (docs/specification.md#injection-groups).
 */
export interface InjectionGroupRow {
  readonly groupId: string;
  readonly runId: string;
  readonly index: number;
  readonly subject: string;
  readonly strategy: InjectionStrategy;
  readonly size: number;
  readonly settledAt: string | null;
}

/** How an episode ended; only `rewarded` yields training data. */
export type EpisodeOutcome = 'rewarded' | 'lost' | 'cancelled';

export interface EpisodeRow {
  readonly episodeId: string;
  readonly runId: string;
  /** Null for a second-order bug, which no injector made. */
  readonly groupId: string | null;
  readonly subject: string;
  readonly strategy: InjectionStrategy;
  readonly order: 1 | 2;
  readonly parentArtifactId: string | null;
  readonly seed: number;
  readonly phase: string;
  readonly outcome: EpisodeOutcome | null;
  readonly verdict: 'consistent' | 'inconsistent' | null;
  /** The check that decided against the artifact, or `no-submission`. */
  readonly check: string | null;
  readonly artifactId: string | null;
  readonly solveRate: number | null;
  /** Why it was lost. */
  readonly problem: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/**
 * How a rollout ended. `lost` is the machine's fault and `cancelled` a person's, and neither ever earns a reward; all
 * others are the policy's doing.
 */
export type RolloutOutcome =
  'submitted' | 'no-submission' | 'turn-limit' | 'context-limit' | 'time-limit' | 'lost' | 'cancelled';

export interface RolloutRow {
  readonly rolloutId: string;
  readonly episodeId: string;
  readonly role: Role;
  /** Index of the attempt in its group; 0 for an injector. */
  readonly attempt: number;
  readonly epoch: number;
  /** In which the incarnation plays that has claimed it last; null before the first. */
  readonly sandbox: string | null;
  readonly outcome: RolloutOutcome | null;
  readonly submission: BlobRef | null;
  readonly trajectory: BlobRef | null;
  /** What was wiped, found and removed before a solver was let in, in one line; of its last fresh sandbox. */
  readonly audit: string | null;
  /** Why it was lost. */
  readonly problem: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** The content index of an image, under what tells the image from any other. */
export interface ImageIndexRow {
  readonly imageKey: string;
  readonly content: BlobRef;
}

export interface TurnRow {
  readonly rolloutId: string;
  readonly turn: number;
  /** The incarnation that journaled the reply. */
  readonly epoch: number;
  readonly reply: BlobRef;
  readonly policyVersion: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costUsd: number;
  readonly repliedAt: string;
  readonly observation: BlobRef | null;
  /** The activity that played the turn: discoverTests, injectBug or solveBug. */
  readonly activity: string | null;
  readonly observedAt: string | null;
  /** The sandbox as it stood after this turn, where a snapshot was taken and is still kept. */
  readonly snapshot: BlobRef | null;
  /** When it was taken, kept or not. */
  readonly savedAt: string | null;
  /** The sandbox in which the turn's tool call was first to run; null of a turn that an older version journaled. */
  readonly sandbox: string | null;
}

/** A tool call that was run again from its turn's start, because the sandbox that had run it was lost. */
export interface RepeatRow {
  readonly rolloutId: string;
  readonly turn: number;
  /** The one in which it ran again. */
  readonly sandbox: string;
  /** The incarnation that ran it again. */
  readonly epoch: number;
  /**
   * `same` and `diverged`: what the agent was told the first time is what came of it again, or something else.
   * `unfinished`: it has begun, and nothing has come of it yet; or its sandbox was lost, too.
   * `outcome-unknown`: nobody had been told what came of it, and the lost sandbox may have run it or not; what came of it
   * this time is the turn's observation.
   */
  readonly finding: 'same' | 'diverged' | 'unfinished' | 'outcome-unknown';
  /** What came of it again, where it differs: text. The transcript keeps what was told first. */
  readonly observation: BlobRef | null;
  readonly at: string;
}

/** How many tool calls a run's rollouts ran again, by finding. */
export type RepeatCounts = Readonly<Record<RepeatRow['finding'], number>>;

/** What an artifact is, whoever made it and however its files are written down. */
export interface ArtifactIdentity {
  /** SHA-256 over the subject's source and the five files in their normal form; null of one that cannot be read. */
  readonly contentId: string | null;
  /** The same over the source and the bug's diff alone. */
  readonly bugHash: string | null;
  /** What its similarity to others is estimated from (src/domain/checks/near-duplicate.ts). */
  readonly sketch: readonly string[];
}

export interface ArtifactRow extends ArtifactIdentity {
  readonly artifactId: string;
  readonly runId: string | null;
  readonly episodeId: string | null;
  readonly subject: string;
  readonly strategy: InjectionStrategy;
  readonly order: 1 | 2;
  /** The submission of the five files; for a second-order bug the parent's and the failed patch. */
  readonly content: BlobRef;
  /** What its validation found out; a second-order bug shares its parent's. */
  readonly facts: BlobRef;
  /** Hash of the tree that the solver starts from; the key of de-duplication. */
  readonly treeHash: string | null;
  /** The fingerprint of its subject's image or directory; null where it was not asked for. */
  readonly image: string | null;
  readonly consistent: boolean;
  /** The check that decided against it, by the name that it had then; of a second-order bug `second-order`. */
  readonly check: string | null;
  readonly failToPass: readonly string[];
  readonly passToPass: readonly string[];
  readonly quarantined: readonly string[];
  readonly filesChanged: number;
  readonly linesChanged: number;
  readonly validatorVersion: string;
  readonly parentArtifactId: string | null;
  /** The attempt whose failed patch made a second-order bug. */
  readonly parentAttemptId: string | null;
}

export interface CheckRow {
  readonly artifactId: string;
  readonly check: string;
  readonly ordinal: number;
  readonly verdict: 'passed' | 'failed' | 'not-run';
  readonly detail: string;
  /** JSON. */
  readonly figures: string;
  readonly durationMs: number;
  readonly logs: readonly BlobRef[];
}

export interface AttemptRow {
  readonly attemptId: string;
  readonly episodeId: string;
  readonly artifactId: string;
  readonly attempt: number;
  readonly rolloutId: string;
  /** `lost` attempts count nowhere. */
  readonly outcome: AttemptOutcome;
  readonly reason: string;
  readonly patch: BlobRef | null;
  readonly report: BlobRef | null;
  /** Of the code that graded it; null where nothing was graded. */
  readonly validatorVersion: string | null;
}

/** One reward, written once per (episode, role, attempt) whatever is retried or replayed. */
export interface RewardRow {
  readonly episodeId: string;
  readonly role: Role;
  readonly attempt: number;
  readonly rolloutId: string;
  readonly reward: number;
  /** Reward minus the group's mean; an injector's is settled with its injection group. */
  readonly advantage: number | null;
  readonly policyVersion: number;
}

/** An accepted artifact with what its episode came to. */
export interface BugRow {
  readonly artifact: ArtifactRow;
  readonly episode: EpisodeRow | undefined;
}

/** A frozen library that lies in the store, under the hash of all that it holds. */
export interface LibraryRow {
  readonly libraryId: string;
  /** A `library-manifest-1` document: its bugs by their artifacts. */
  readonly manifest: BlobRef;
  readonly bugs: number;
  readonly recordedAt: string;
}

/** What today's checks say about a stored artifact; the verdict that its rewards were paid on stays as it is. */
export interface RevalidationRow {
  readonly revalidationId: string;
  readonly artifactId: string;
  readonly validatorVersion: string;
  /** `not-done`: its subject is gone, or a machine was lost. It says nothing about the artifact. */
  readonly verdict: 'consistent' | 'inconsistent' | 'not-done';
  readonly check: string | null;
  /** What the check found, or why nothing was done. */
  readonly detail: string;
  /** Every check's record, a `check-records-1` document. */
  readonly checks: BlobRef | null;
  readonly facts: BlobRef | null;
  readonly endedAt: string;
}

/** A stored artifact, as far as a verdict on it tells, with one that was found later. */
export interface RevalidatedRow {
  readonly artifact: Pick<ArtifactRow, 'artifactId' | 'subject' | 'consistent' | 'check' | 'validatorVersion'>;
  readonly revalidation: RevalidationRow;
}
