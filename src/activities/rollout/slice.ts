import type { BlobRef } from '../../domain/record/blob-ref.ts';
import type { Publication } from '../../domain/training/publication.ts';
import type { Message } from '../../policy/policy.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Progress } from '../services/progress.ts';
import type { Services } from '../services/services.ts';
import type { SliceActivity, SliceInput } from './rollout-setting.ts';

/** A slice under way: one incarnation of the rollout in one sandbox. */
export interface Slice {
  readonly services: Services;
  readonly setting: SliceInput;
  readonly activity: SliceActivity;
  readonly progress: Progress;
  readonly sandbox: Sandbox;
  readonly prompt: readonly Message[];
  /** The same as content of the store. */
  readonly promptRef: BlobRef;
  readonly epoch: number;
  /** The weights that it samples with. */
  readonly publication: Publication | undefined;
  /** The last turn after which the sandbox was asked whether its tree has changed, and had not. */
  unchangedAfter: number | undefined;
}
