/**
 * Where else in an image the text of its source tree can be read, made once per image
 * (docs/specification.md#second-copies).
 *
 * A text is told by its windows: three significant lines in a row without blanks, as hashes. The index holds the
 * windows of the tree that are found in a second place, and these places; it is what `image_index.py` prints.
 */
export interface ImageIndex {
  readonly format: 'image-index-1';
  /** SHA-256 of each source file of the tree, by path: a text that is not the indexed one cannot be asked about. */
  readonly files: Readonly<Record<string, string>>;
  readonly windows: readonly string[];
  readonly places: readonly IndexedPlace[];
  readonly repositories: readonly IndexedRepository[];
  /** What was read for it: figures for a person. */
  readonly looked: Readonly<Record<string, number>>;
}

/** A file, outside or inside the tree, that holds windows of the tree's files or is a copy of some. */
export interface IndexedPlace {
  readonly path: string;
  /** Its path in the tree; null for a place outside. */
  readonly inTree: string | null;
  /** `archive`: what it holds, it holds packed. `compiled`: bytecode, or JavaScript made of TypeScript, told by its place, the path that it names, and its words. */
  readonly kind: 'text' | 'archive' | 'compiled';
  /** Numbers of windows. */
  readonly windows: readonly number[];
  /** Files of the tree that it is the same as, byte for byte, or was compiled from. */
  readonly copyOf: readonly string[];
}

/**
 * A repository of any system, or a pack of one, other than a `.git` of the tree; `unread` is an archive that unfolds to
 * more than is looked into, and so may hold anything.
 */
export interface IndexedRepository {
  readonly path: string;
  readonly kind: string;
  /** It holds a file of the tree, or cannot be looked into. */
  readonly related: boolean;
}
