import { createHash } from 'node:crypto';
import type { BlobRef } from '../domain/record/blob-ref.ts';
import type {
  ArtifactRow,
  AttemptRow,
  BugRow,
  CheckRow,
  EpisodeRow,
  ImageIndexRow,
  InjectionGroupRow,
  LibraryRow,
  RepeatCounts,
  RepeatRow,
  RevalidatedRow,
  RevalidationRow,
  RewardRow,
  RolloutRow,
  RunRow,
  TurnRow,
} from '../domain/record/ledger-rows.ts';
import type { EvaluationRow } from '../domain/record/evaluation-rows.ts';
import type { TrainingGroupRow, TrainingReceiptRow, TrainingStepRow } from '../domain/record/training-rows.ts';
import type { BugIdentity, LibraryEntry } from '../domain/checks/near-duplicate.ts';

/** A row whose end is known. */
type Ended<Row extends { readonly outcome: unknown; readonly endedAt: unknown }> = Row & {
  readonly outcome: NonNullable<Row['outcome']>;
  readonly endedAt: NonNullable<Row['endedAt']>;
};

/** Which artifacts of first order. */
export interface ArtifactFilter {
  readonly runId?: string;
  readonly subject?: string;
  readonly consistent?: true;
}

/** Which episodes; the newest ones where there is a limit. */
export interface EpisodeFilter {
  readonly runId?: string;
  /** Those in flight, and those that ended then or later. */
  readonly inFlightSince?: string;
  /** Those that play this bug of second order. */
  readonly parentArtifactId?: string;
  readonly limit?: number;
}

export interface EpisodeStanding {
  readonly episodeId: string;
  readonly attempts: Readonly<Record<AttemptRow['outcome'], number>>;
  /** Turns that its injector has played. */
  readonly injectorTurns: number;
}

/** What an artifact is held against the accepted bugs by. */
type LibraryKey = BugIdentity & Pick<ArtifactRow, 'artifactId' | 'subject' | 'image' | 'runId'>;

/**
 * The store port: content by hash, and a ledger in SQL of what happened.
 *
 * Every write may be repeated: a row is found by its business key, and saying the same again changes nothing, so
 * retries, resets and replays never count twice. A second, different value under the same key of a write-once row is
 * a `LedgerConflictError`.
 */
export interface Store {
  readonly blobs: Blobs;
  readonly ledger: Ledger;
  close(): Promise<void>;
}

export interface Blobs {
  put(content: Uint8Array): Promise<BlobRef>;
  /** Throws `BlobMissingError` when the content is not there or does not match its hash. */
  get(ref: BlobRef): Promise<Uint8Array>;
  /** Only for content that no reference names any more; what is not there is fine. */
  remove(ref: BlobRef): Promise<void>;
}

/** The reference that `put` gives for this content. */
export function toBlobRef(content: Uint8Array): BlobRef {
  return { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.byteLength };
}

/** A snapshot that no rollout will start from; `shared`: another one may, for it has the same. */
export interface SpentSnapshot {
  readonly snapshot: BlobRef;
  readonly shared: boolean;
}

export interface Ledger {
  /** Opens a run, or opens a closed one again (a resumed run); an open one, and any run's configuration, stay as they are. */
  openRun(run: Omit<RunRow, 'endedAt' | 'outcome'>): Promise<void>;
  /** The last word counts, because a run may be resumed. */
  closeRun(run: Pick<Ended<RunRow>, 'runId' | 'endedAt' | 'outcome'>): Promise<void>;
  openInjectionGroup(group: Omit<InjectionGroupRow, 'settledAt'>): Promise<void>;
  /** Writes the injectors' advantages of a group whose episodes are all final, once. */
  settleInjectionGroup(settlement: {
    readonly groupId: string;
    readonly settledAt: string;
    readonly advantages: readonly { readonly rolloutId: string; readonly advantage: number }[];
  }): Promise<void>;

  openEpisode(
    episode: Pick<
      EpisodeRow,
      'episodeId' | 'runId' | 'groupId' | 'subject' | 'strategy' | 'order' | 'parentArtifactId' | 'seed' | 'startedAt'
    >,
  ): Promise<void>;
  /** Where the episode stands, for people; the last word counts. */
  recordPhase(episodeId: string, phase: string): Promise<void>;
  /**
   * Settles an episode in one transaction: its outcome and its rewards are all written, or none is. Saying it again
   * changes nothing; the first `endedAt` stays.
   */
  settleEpisode(settlement: {
    readonly episode: Pick<
      Ended<EpisodeRow>,
      'episodeId' | 'outcome' | 'verdict' | 'check' | 'artifactId' | 'solveRate' | 'problem' | 'endedAt'
    >;
    readonly rewards: readonly RewardRow[];
  }): Promise<void>;

  openRollout(rollout: Pick<RolloutRow, 'rolloutId' | 'episodeId' | 'role' | 'attempt' | 'startedAt'>): Promise<void>;
  /**
   * An incarnation takes the rollout over, in its sandbox: returns its epoch, one higher than any before. From here on writes of
   * older epochs throw `RolloutFencedError`, and those of an epoch that nobody was given a `LedgerConflictError`.
   */
  claimRollout(rolloutId: string, sandbox: string): Promise<number>;
  /** Says that a model call is about to be made: intents without replies are the calls that may have been paid in vain. */
  recordIntent(intent: {
    readonly rolloutId: string;
    readonly turn: number;
    readonly epoch: number;
    readonly at: string;
  }): Promise<void>;
  /** Journals the model's reply before anything acts on it. The first reply of a turn stays; returns the one that counts. */
  recordReply(
    reply: Pick<
      TurnRow,
      | 'rolloutId'
      | 'turn'
      | 'reply'
      | 'policyVersion'
      | 'promptTokens'
      | 'completionTokens'
      | 'costUsd'
      | 'repliedAt'
      | 'sandbox'
    > & { readonly epoch: number },
  ): Promise<TurnRow>;
  /** Journals what the turn's tool call came to. The first observation of a turn stays. */
  recordObservation(observation: {
    readonly rolloutId: string;
    readonly turn: number;
    readonly epoch: number;
    readonly observation: BlobRef;
    readonly activity: string;
    readonly observedAt: string;
  }): Promise<void>;
  /** Says that a snapshot is about to be put, so that no content is without a row. The last one of a turn counts. */
  recordSnapshot(snapshot: {
    readonly rolloutId: string;
    readonly turn: number;
    readonly epoch: number;
    readonly snapshot: BlobRef;
    readonly savedAt: string;
  }): Promise<void>;
  /** Snapshots of rollouts that are over, and of each other rollout all but the newest two. */
  listSpentSnapshots(filter: { readonly rolloutId?: string }): Promise<readonly SpentSnapshot[]>;
  /** Takes a spent snapshot out of the journal, wherever it is spent. */
  forgetSnapshot(snapshot: BlobRef): Promise<void>;
  /** Journals that a turn's tool call runs again in this sandbox, and what came of it. The first finding of a sandbox stays. */
  recordRepeat(repeat: RepeatRow): Promise<void>;
  /** Of one rollout, in order of turns. */
  listRepeats(rolloutId: string): Promise<readonly RepeatRow[]>;
  countRepeats(runId: string): Promise<RepeatCounts>;
  /** The journal of a rollout, in order of turns. */
  readTurns(rolloutId: string): Promise<readonly TurnRow[]>;
  /** Keeps the audit of the tree that the rollout's agent was given; the last word counts, one for each fresh sandbox. */
  recordAudit(rolloutId: string, audit: string): Promise<void>;
  /** Ends a rollout; the first end counts. */
  closeRollout(
    rollout: Pick<Ended<RolloutRow>, 'rolloutId' | 'outcome' | 'submission' | 'trajectory' | 'problem' | 'endedAt'>,
  ): Promise<void>;

  /**
   * Writes an artifact with the records of its checks. `decide` judges over the accepted bugs of its image and run that
   * may be like it, in the transaction that writes, so that of two verdicts at once one sees the other; it awaits
   * nothing. Of a repetition the first verdict stays, whatever has been accepted since. Also keeps the lineage of a
   * second-order bug, whose parent and parent attempt are there already. Returns the row that is kept.
   */
  admitArtifact(
    artifact: LibraryKey & Pick<ArtifactRow, 'content'>,
    decide: (library: readonly LibraryEntry[]) => {
      readonly artifact: ArtifactRow;
      readonly checks: readonly CheckRow[];
    },
  ): Promise<ArtifactRow>;
  /**
   * The accepted bugs of its image and run that were there before the artifact and may be like it: all that are, and
   * few that are not. None for one of no run. An image is told by the subject's name or by its fingerprint: either is
   * enough.
   */
  listLibrary(artifact: LibraryKey): Promise<readonly LibraryEntry[]>;
  /** Artifacts of first order, accepted or not, in the order of their ids, from after `after` on. */
  listArtifactIds(
    filter: ArtifactFilter & { readonly after?: string; readonly limit: number },
  ): Promise<readonly string[]>;
  /** The first artifact with this content. */
  findArtifactByContent(contentId: string): Promise<ArtifactRow | undefined>;
  /** Keeps a frozen library by the hash of what it holds, once. */
  recordLibrary(library: LibraryRow): Promise<void>;
  findLibrary(libraryId: string): Promise<LibraryRow | undefined>;
  /** Opens an evaluation whose run is open already, once. */
  openEvaluation(evaluation: Omit<EvaluationRow, 'solved' | 'unsolved' | 'lost' | 'endedAt'>): Promise<void>;
  /** The last word counts. */
  closeEvaluation(end: Pick<EvaluationRow, 'evaluationId' | 'solved' | 'unsolved' | 'lost' | 'endedAt'>): Promise<void>;
  /** In the order in which they began; with `trainingRun`, those of its weights. */
  listEvaluations(filter: { readonly trainingRun?: string }): Promise<readonly EvaluationRow[]>;
  /** Of a repetition, the references may differ; the first ones stay. */
  recordRevalidation(revalidation: RevalidationRow): Promise<void>;
  /** The latest one by this version that came to a verdict. */
  findRevalidation(key: Pick<RevalidationRow, 'artifactId' | 'validatorVersion'>): Promise<RevalidationRow | undefined>;
  /** Of one artifact, in the order in which they ended. */
  listRevalidations(artifactId: string): Promise<readonly RevalidationRow[]>;
  /** What a version of the checks says about artifacts, by their ids; of each in the order in which it was said. */
  listRevalidated(
    filter: ArtifactFilter & {
      readonly validatorVersion: string;
      readonly artifactIds?: readonly string[];
    },
  ): Promise<readonly RevalidatedRow[]>;
  listRevalidationIds(): Promise<readonly string[]>;

  /**
   * The first artifact of this image (as `listLibrary` tells it) with the same tree, other than `notArtifactId` itself;
   * with `runId`, of that run, because a second run of the same seed makes the same bugs again.
   */
  findArtifactByTree(key: {
    readonly subject: string;
    readonly image: string | null;
    readonly treeHash: string;
    readonly notArtifactId: string;
    readonly runId?: string;
  }): Promise<string | undefined>;
  /** Of a repetition, the report may differ; the first one stays. */
  recordAttempt(attempt: AttemptRow): Promise<void>;

  /** The first index of an image stays: two hosts may make one at the same time. */
  recordImageIndex(index: ImageIndexRow): Promise<void>;
  findImageIndex(imageKey: string): Promise<ImageIndexRow | undefined>;

  /** Keeps what a settled group is worth to a trainer, once. */
  recordTrainingGroup(group: Omit<TrainingGroupRow, 'step'>): Promise<void>;
  findTrainingGroup(groupId: string): Promise<TrainingGroupRow | undefined>;
  /** In the order in which they were weighed. */
  listTrainingGroups(runId: string): Promise<readonly TrainingGroupRow[]>;
  /** Writes a step and what becomes of these groups in one transaction, once; a group is in one step at most. */
  recordTrainingStep(assembled: {
    readonly step: TrainingStepRow;
    readonly groups: readonly string[];
    readonly stale: readonly string[];
  }): Promise<void>;
  findTrainingStep(runId: string, step: number): Promise<TrainingStepRow | undefined>;
  /**
   * Of a step that has one, session, publication, what is served and losses are renewed: where the same weights lie after
   * a loss, and who samples from them.
   */
  recordReceipt(receipt: TrainingReceiptRow): Promise<void>;
  findReceipt(runId: string, step: number): Promise<TrainingReceiptRow | undefined>;
  newestReceipt(runId: string): Promise<TrainingReceiptRow | undefined>;
  /** The newest whose weights are served. */
  newestServed(runId: string): Promise<TrainingReceiptRow | undefined>;
  newestCheckpoint(runId: string): Promise<TrainingReceiptRow | undefined>;
  /** In the order of their steps. */
  listReceipts(runId: string): Promise<readonly TrainingReceiptRow[]>;

  /** Newest first, without the runs that evaluations keep their episodes under. */
  listRunIds(): Promise<readonly string[]>;
  findRun(runId: string): Promise<RunRow | undefined>;
  /** Newest first. */
  listEpisodes(filter: EpisodeFilter): Promise<readonly EpisodeRow[]>;
  /** The rewards of the episodes that `listEpisodes` gives, by role and attempt. */
  listRewardsOf(filter: EpisodeFilter): Promise<readonly RewardRow[]>;
  /** How far the episodes of a run that are in flight have come. */
  listStandings(runId: string): Promise<readonly EpisodeStanding[]>;
  findEpisode(episodeId: string): Promise<EpisodeRow | undefined>;
  /** The group's episodes, oldest first. */
  listInjectionGroup(groupId: string): Promise<readonly EpisodeRow[]>;
  /** Accepted artifacts, newest first. */
  listBugs(filter: { readonly runId?: string; readonly limit: number }): Promise<readonly BugRow[]>;
  findArtifact(artifactId: string): Promise<ArtifactRow | undefined>;
  /** What failed attempts at a bug were made into, accepted or not, in the order of their ids. */
  listSecondOrder(parentArtifactId: string): Promise<readonly ArtifactRow[]>;
  listChecks(artifactId: string): Promise<readonly CheckRow[]>;
  listAttempts(episodeId: string): Promise<readonly AttemptRow[]>;
  listRewards(episodeId: string): Promise<readonly RewardRow[]>;
  listRollouts(episodeId: string): Promise<readonly RolloutRow[]>;
  /** The turns that have been played of each of an episode's rollouts; one of which none has is left out. */
  countTurns(episodeId: string): Promise<ReadonlyMap<string, number>>;
  findRollout(rolloutId: string): Promise<RolloutRow | undefined>;
  /**
   * Model calls of a run that were begun and never answered: what no journal can close. A call of the present
   * incarnation may still be answered and counts once another has taken over, or the rollout or episode is over.
   */
  countLostReplies(runId: string): Promise<number>;
  /** What a run's journaled replies have used up so far. */
  sumUsage(runId: string): Promise<{ readonly tokens: number; readonly costUsd: number }>;
}
