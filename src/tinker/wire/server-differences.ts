/** Which program answers; they differ in more than they say (docs/training.md, "Tinker"). */
export type TinkerServer = 'skyrl' | 'miles' | 'hosted';

/** A LoRA adapter, or all weights. */
export type Parameters =
  { readonly kind: 'lora'; readonly rank: number; readonly seed?: number } | { readonly kind: 'full' };

export interface ServerDifferences {
  /** Whether a save has a number of the model's commands, which makes its repetition harmless. */
  readonly savesAreNumbered: boolean;
  /** In JSON: a route of its own, or a key of `/forward_backward`. */
  readonly forwardOnly: 'route' | 'key';
  /** Whether `weights` go along with a loss that has advantages. Where they are missing SkyRL takes 1 everywhere. */
  readonly weightsWithAdvantages: boolean;
  /**
   * Whether sampling an older version than the newest that was sampled may put its weights into training: with JAX one
   * adapter is trained and sampled, and nothing says which backend answers.
   */
  readonly samplesNewestOnly: boolean;
  /** The part of `create_model` that says what is trained; undefined where the server cannot. */
  readonly parameters: (parameters: Parameters) => object | undefined;
}

export const SERVER_DIFFERENCES: Readonly<Record<TinkerServer, ServerDifferences>> = {
  skyrl: {
    savesAreNumbered: false,
    forwardOnly: 'route',
    weightsWithAdvantages: true,
    samplesNewestOnly: true,
    parameters: (parameters) => ({ lora_config: parameters.kind === 'full' ? { rank: 0 } : loraOf(parameters) }),
  },
  miles: {
    savesAreNumbered: true,
    forwardOnly: 'key',
    weightsWithAdvantages: true,
    samplesNewestOnly: false,
    parameters: (parameters) =>
      parameters.kind === 'full' ? { parameterization: { type: 'full' } } : { lora_config: loraOf(parameters) },
  },
  hosted: {
    savesAreNumbered: true,
    forwardOnly: 'route',
    weightsWithAdvantages: false,
    samplesNewestOnly: false,
    parameters: (parameters) => (parameters.kind === 'full' ? undefined : { lora_config: loraOf(parameters) }),
  },
};

function loraOf({ rank, seed }: { readonly rank: number; readonly seed?: number }): object {
  return { rank, ...(seed === undefined ? {} : { seed }) };
}
