/**
 * What a sandbox is made of.
 *
 * `image`: a container image (docker). `directory`: a source tree on this host, with an optional read-only
 * environment directory whose `bin` comes first on PATH (bubblewrap). `tools`: no tree, only our own tools; the
 * parser of an artifact runs in one.
 */
export type SandboxSource =
  | { readonly kind: 'image'; readonly image: string }
  | { readonly kind: 'directory'; readonly directory: string; readonly environment?: string }
  | { readonly kind: 'tools' };

/**
 * One entry of a corpus: an image or directory with a source tree and its dependencies, and nothing else
 * (docs/specification.md#subject).
 */
export interface Subject {
  readonly name: string;
  readonly source: Exclude<SandboxSource, { kind: 'tools' }>;
  /** Where the source tree lies in the image; by default the working directory, else the only directory with `.git`. */
  readonly repoRoot?: string;
  /** The user that the agent works as; by default the owner of the tree. */
  readonly agentUser?: string;
  /** How often the subject is drawn, relative to the others. */
  readonly weight: number;
}
