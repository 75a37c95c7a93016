/** Which weights are sampled from, and where they lie. */
export type Publication =
  /** Of the embedded policy: a blob with its weights. */
  | { readonly kind: 'embedded'; readonly version: number; readonly sha256: string; readonly bytes: number }
  /** A model that the trainer's own server samples from. */
  | { readonly kind: 'sampler'; readonly version: number; readonly path: string }
  /** A directory that inference servers load: a LoRA adapter, or whole weights. */
  | { readonly kind: 'lora' | 'weights'; readonly version: number; readonly directory: string };
