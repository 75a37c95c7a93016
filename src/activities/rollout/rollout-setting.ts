import type { Configuration, PolicyConfiguration } from '../../config/configuration.ts';
import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { WeightsOfStep } from '../../domain/record/evaluation-rows.ts';
import type { InjectionStrategy, RolloutOutcome } from '../../domain/record/ledger-rows.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import type { Owner } from '../services/sandbox-request.ts';

/** What a rollout works on. */
export type RolloutTask =
  | {
      readonly role: 'injector';
      readonly strategy: InjectionStrategy;
      readonly validation: Configuration['validation'];
    }
  | { readonly role: 'solver'; readonly artifactId: string };

export interface RolloutSetting {
  readonly rolloutId: string;
  readonly owner: Owner;
  readonly subject: Subject;
  readonly task: RolloutTask;
  /** Index in its group; 0 for an injector. */
  readonly attempt: number;
  readonly seed: number;
  readonly policy: PolicyConfiguration;
  /** `published`: by the run's trainer, the newest at each slice; or those that a step of a run has left. */
  readonly weights: 'starting' | 'published' | WeightsOfStep;
  readonly rollout: Configuration['rollout'];
  readonly sandbox: Configuration['sandbox'];
}

/** Which sandbox of a rollout is booted. */
export interface BootInput extends RolloutSetting {
  readonly incarnation: number;
  /** Of the rollout's workflow: a reset one has another, and counts its incarnations anew. */
  readonly execution?: string;
}

/** A booted sandbox and the host whose queue reaches it. */
export interface SandboxLease {
  readonly sandboxId: string;
  readonly hostQueue: string;
  /** Turns up to this one are in the sandbox already: a snapshot's last, or -1. */
  readonly playedThrough: number;
}

/** With what a step on a host brings, what the host says of itself: that others have its processors. */
export type FromHost<Result> = Result & { readonly underLoad?: true };

/** The phases of a rollout that a person knows; each plays a slice of turns. */
export type SliceActivity = 'discoverTests' | 'injectBug' | 'solveBug';

export interface SliceInput extends RolloutSetting {
  readonly lease: SandboxLease;
}

/** How a slice ended. `waiting`: the policy's endpoint is down; the workflow waits, the sandbox stays. */
export type SliceEnd =
  | {
      readonly status: 'unfinished';
      readonly playedThrough: number;
      readonly next: SliceActivity;
      /** Its worker stops, and may not come back. */
      readonly leaving?: true;
    }
  | {
      readonly status: 'waiting';
      readonly playedThrough: number;
      readonly next: SliceActivity;
      readonly retryAfterMs: number;
      /** What the endpoint, or the way to it, says. */
      readonly problem: string;
    }
  | ({ readonly status: 'ended' } & EndedRollout);

/** A rollout that came to its end by itself. */
export interface EndedRollout {
  readonly outcome: Exclude<RolloutOutcome, 'lost' | 'cancelled'>;
  readonly submission: BlobRef | null;
  /** The oldest weights that took part. */
  readonly policyVersion: number;
}

/** A rollout that is over. */
export interface RolloutEnd {
  readonly rolloutId: string;
  readonly outcome: Exclude<RolloutOutcome, 'cancelled'>;
  readonly submission: BlobRef | null;
  /** Null for a rollout that was lost. */
  readonly policyVersion: number | null;
  /** Why it was lost; null for any other. */
  readonly problem: string | null;
}

/** What the ledger is told at the end; of a rollout that was cancelled too, whose workflow has no result. */
export type ClosedRollout = Pick<RolloutEnd, 'rolloutId' | 'submission' | 'problem'> & {
  readonly outcome: RolloutOutcome;
};
