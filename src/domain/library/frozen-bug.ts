import type { ArtifactFile } from '../artifact/bug-artifact.ts';
import type { ArtifactRow } from '../record/ledger-rows.ts';
import type { ValidationFacts } from '../checks/validation-facts.ts';
import type { Subject } from '../subject/subject.ts';

/** What a verdict says of a bug, whichever store it lies in. */
type Judged = Pick<
  ArtifactRow,
  | 'strategy'
  | 'treeHash'
  | 'image'
  | 'bugHash'
  | 'sketch'
  | 'failToPass'
  | 'passToPass'
  | 'quarantined'
  | 'filesChanged'
  | 'linesChanged'
  | 'validatorVersion'
>;

/** An accepted bug of first order, with all that it takes to have it solved and graded elsewhere. JSON. */
export interface FrozenBug extends Judged {
  /** The hash of what it is: the subject's source and the five files (`ArtifactIdentity.contentId`). */
  readonly id: string;
  readonly subject: Subject;
  /** The share of the attempts at it that solved it; null where nobody has tried. */
  readonly solveRate: number | null;
  readonly files: Readonly<Record<ArtifactFile, string>>;
  /** What gradings are calibrated on. */
  readonly facts: Pick<ValidationFacts, 'artifact' | 'original' | 'sabotage'>;
}

/** Bugs that stay as they are; told from any others by a hash over all that they hold. */
export interface BugLibrary {
  readonly id: string;
  readonly validatorVersion: string;
  /** In the order of their ids. */
  readonly bugs: readonly FrozenBug[];
}

/** A bug of a library as a store knows it: what a run needs to draw it. */
export interface LibraryBug {
  readonly id: string;
  readonly artifactId: string;
  readonly subject: Subject;
  readonly strategy: FrozenBug['strategy'];
}

/** A library as a store keeps it. */
export interface LibraryManifest {
  readonly format: 'library-manifest-1';
  readonly id: string;
  readonly bugs: readonly LibraryBug[];
}
