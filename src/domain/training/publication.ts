/** Which weights are sampled from, and where they lie. */
export type Publication =
  /** Of the embedded policy: a blob with its weights. */
  | { readonly kind: 'embedded'; readonly version: number; readonly sha256: string; readonly bytes: number }
  /** A model that the trainer's own server samples from. */
  | { readonly kind: 'sampler'; readonly version: number; readonly path: string }
  | DirectoryPublication;

/** A directory that inference servers load: a LoRA adapter, or whole weights. */
export interface DirectoryPublication {
  readonly kind: 'lora' | 'weights';
  readonly version: number;
  readonly directory: string;
}

const PUBLISHED_NAME = /^policy-v(0|[1-9]\d{0,14})$/;

/**
 * Under which name an inference server samples from a LoRA adapter of this policy version.
 *
 * Each version has a name of its own: a name that is loaded again is reloaded at every step of vLLM's scheduler, and
 * an answer under it would not say which weights it is of.
 */
export function publishedName(version: number): string {
  return `policy-v${version}`;
}

/** The policy version that a name of `publishedName` is of; undefined for any other name. */
export function findPublishedVersion(name: string): number | undefined {
  const version = PUBLISHED_NAME.exec(name)?.[1];
  return version === undefined ? undefined : Number(version);
}
