import type { BlobRef } from './blob-ref.ts';

/** What a check found: never an error, for an artifact that fails is the injector's doing. */
export type CheckFinding =
  | { readonly passed: true; readonly detail: string; readonly figures: Figures }
  | { readonly passed: false; readonly detail: string; readonly figures: Figures };

/** The numbers and names that a finding rests on. */
export type Figures = Readonly<Record<string, number | string | boolean | readonly string[]>>;

/** A finding as it is kept, with what it cost and where its logs are. */
export interface CheckRecord {
  readonly check: string;
  readonly verdict: 'passed' | 'failed' | 'not-run';
  readonly detail: string;
  readonly figures: Figures;
  readonly durationMs: number;
  readonly logs: readonly BlobRef[];
}

export type ConsistencyVerdict =
  { readonly consistent: true } | { readonly consistent: false; readonly check: string; readonly detail: string };
