import type { Figures } from '../../domain/record/check-record.ts';
import type {
  ArtifactRow,
  AttemptRow,
  CheckRow,
  RepeatRow,
  RevalidationRow,
  RolloutRow,
} from '../../domain/record/ledger-rows.ts';
import { readFigures } from '../../domain/record/read-figures.ts';
import type { BugFiles } from '../records/bug-files.ts';
import type { EpisodeDocument } from '../records/episode-document.ts';
import type { RepeatSummary } from '../records/repeat-summary.ts';
import type { RewardLine } from '../records/reward-arithmetic.ts';
import type { StateSummary, TestStates } from './test-states.ts';

/** What `show --json` writes, one kind for each kind of id (docs/json-output.md). */
export type ShownDocument = RunDocument | ShownEpisode | ShownBug | ShownRollout;

export interface RunDocument {
  readonly kind: 'run';
  readonly id: string;
  readonly outcome: string | null;
  readonly seed: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Model calls that were begun and never answered. */
  readonly lostReplies: number;
  readonly repeats: RepeatSummary;
  readonly episodes: readonly EpisodeDocument[];
  readonly config: unknown;
}

export interface ShownEpisode {
  readonly kind: 'episode';
  readonly episode: EpisodeDocument;
  /** The bug that a second-order episode plays. */
  readonly parent: string | null;
  readonly rollouts: readonly RolloutSummary[];
  readonly attempts: readonly AttemptSummary[];
  readonly rewards: readonly RewardLine[];
}

export interface RolloutSummary {
  readonly id: string;
  readonly role: RolloutRow['role'];
  readonly attempt: number;
  readonly outcome: string | null;
  readonly turns: number;
}

export interface AttemptSummary {
  readonly id: string;
  readonly attempt: number;
  readonly outcome: AttemptRow['outcome'];
  readonly reason: string;
  readonly rollout: string;
  /** Of the code that graded it; null where nothing was graded, or an older version did it. */
  readonly validatorVersion: string | null;
  /** What its patch adds that touches the test framework, process control and the like; it decides nothing. */
  readonly signs: readonly string[];
}

export interface ShownBug {
  readonly kind: 'bug';
  readonly id: string;
  readonly subject: string;
  readonly strategy: string;
  readonly order: number;
  readonly verdict: 'consistent' | 'inconsistent';
  readonly check: string | null;
  readonly episode: string | null;
  readonly contentId: string | null;
  readonly treeHash: string | null;
  readonly validatorVersion: string;
  /** What later versions of the checks say about it. */
  readonly revalidations: readonly ShownRevalidation[];
  readonly filesChanged: number;
  readonly linesChanged: number;
  readonly checks: readonly CheckDocument[];
  readonly tests: Pick<ArtifactRow, 'failToPass' | 'passToPass' | 'quarantined'>;
  /** Every test in the states that validation ran; of a second-order bug, in its parent's. */
  readonly states: readonly TestStates[];
  /** The states themselves, summed up. */
  readonly runs: readonly StateSummary[];
  readonly lineage: {
    readonly parent: string | null;
    readonly parentAttempt: string | null;
    readonly children: readonly string[];
  };
  /** What failed attempts at it were tried as, taken or not. */
  readonly secondOrder: readonly SecondOrderSummary[];
  /** The solve attempts of the episode that plays it. */
  readonly attempts: readonly AttemptSummary[];
  readonly rewards: readonly RewardLine[];
  /** What the bug adds that touches the test framework, process control and the like; it decides nothing. */
  readonly signs: readonly string[];
  readonly files: BugFiles['files'];
  readonly failedPatch: string | null;
}

export interface SecondOrderSummary {
  readonly bug: string;
  readonly verdict: 'consistent' | 'inconsistent';
  /** Why; empty for one that an older version made. */
  readonly detail: string;
}

export interface ShownRevalidation {
  readonly revalidation: string;
  readonly validatorVersion: string;
  readonly verdict: RevalidationRow['verdict'];
  readonly check: string | null;
  readonly detail: string;
}

export interface CheckDocument {
  readonly check: string;
  readonly verdict: CheckRow['verdict'];
  readonly detail: string;
  readonly figures: Figures;
  readonly seconds: number;
}

export interface ShownRollout {
  readonly kind: 'rollout';
  readonly id: string;
  readonly episode: string;
  readonly role: RolloutRow['role'];
  readonly attempt: number;
  readonly outcome: string | null;
  /** How often the rollout was taken over by another incarnation, counted from 1. */
  readonly epoch: number;
  /** What was wiped, searched and removed before a solver was let in; null for an injector. */
  readonly audit: string | null;
  /** Why it was lost. */
  readonly problem: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Of all turns, however many of them are shown. */
  readonly usage: RolloutUsage;
  readonly repeats: RepeatSummary;
  readonly grade: AttemptSummary | null;
  /** What the policy read before its first turn. */
  readonly prompt: readonly PromptMessage[];
  readonly turns: readonly TurnDocument[];
}

export interface RolloutUsage {
  readonly turns: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costUsd: number;
}

export interface PromptMessage {
  readonly role: string;
  readonly content: string;
}

export interface TurnDocument {
  readonly turn: number;
  readonly activity: string | null;
  readonly policyVersion: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly costUsd: number;
  readonly repliedAt: string;
  /** Since the turn before, or since the rollout began: waiting for the policy, and for a sandbox. */
  readonly replySeconds: number;
  readonly observedAt: string | null;
  /** What its command took in the sandbox; 0 of a tool that runs none. */
  readonly toolSeconds: number | null;
  readonly finish: string;
  readonly reply: string;
  /** Null while the turn's tool call has not come back. */
  readonly observation: string | null;
  /** The rollout and turn that the observation is taken from; null where its own tool call was run. */
  readonly recalled: { readonly rollout: string; readonly turn: number } | null;
  /** Where its tool call ran again. */
  readonly repeats: readonly TurnRepeat[];
}

export interface TurnRepeat {
  readonly sandbox: string;
  readonly finding: RepeatRow['finding'];
  /** What came of it again, where it differs from the observation. */
  readonly observation: string | null;
  readonly at: string;
}

export function toCheckDocument({ check, verdict, detail, figures, durationMs }: CheckRow): CheckDocument {
  return { check, verdict, detail, figures: readFigures(figures), seconds: Number((durationMs / 1000).toFixed(3)) };
}
