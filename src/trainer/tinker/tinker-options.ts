import type { Parameters, ServerDifferences } from '../../tinker/wire/server-differences.ts';
import type { TinkerClient, TinkerClientOptions } from '../../tinker/wire/tinker-client.ts';
import type { Wire } from '../../tinker/wire/tinker-shapes.ts';

export interface TinkerTrainerOptions extends TinkerClientOptions {
  /** As the server names it. */
  readonly baseModel: string;
  readonly parameters: Parameters;
  /** `auto` asks the server, once for each session. */
  readonly wire: 'auto' | Wire;
  /**
   * What the server does with the losses of a step's tokens. Where it sums them (SkyRL on FSDP or Megatron, miles,
   * hosted) advantages are divided by the step's denominator; where it takes means (SkyRL on JAX) they are left.
   */
  readonly reduction: 'sum' | 'mean';
  readonly maxTokensPerRequest?: number | undefined;
  readonly maxDatumsPerRequest?: number | undefined;
  readonly heartbeatMs?: number | undefined;
  /** Until a save that is said to be under way counts as one that was never begun. */
  readonly longestSaveMs?: number | undefined;
}

/** What the calls of a trainer share. */
export interface TinkerParts {
  readonly client: TinkerClient;
  readonly options: TinkerTrainerOptions;
  readonly differences: ServerDifferences;
}
