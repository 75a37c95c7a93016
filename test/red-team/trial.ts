import type { ArtifactTexts, Tree } from '../support/artifact-fixture.ts';

/** Files by path with their new text; null removes one, `-> x` makes a symbolic link. */
export type Change = Readonly<Record<string, string | null>>;

/** A small real project with a consistent artifact; an attack is a change of one of them. */
export interface Project {
  readonly name: string;
  readonly language: 'Python' | 'JavaScript' | 'TypeScript' | 'Go';
  /** The corpus subject whose environment the tests run in; by default nothing but the host's `/usr`. */
  readonly environment?: string;
  /** A directory that is the project already; its `original` then holds the files that changes touch. */
  readonly directory?: string;
  readonly original: Tree;
  readonly bug: Change;
  /** The bug in the words of git, where files with a new text cannot say it: renames and modes. */
  readonly bugDiff?: string;
  /** On top of the bug. */
  readonly weakening: Change;
  readonly testScript: string;
  readonly testFiles: string;
  readonly testParser: string;
}

/** Loaded when it is played, so that the names of trials can be listed on a machine without the corpus. */
export type ProjectSource = () => Project;

interface TrialBase {
  readonly name: string;
  /** Where the attack was seen: a heading of docs/specification.md (`#solved: …`), an issue of somebody's, or the idea in words. */
  readonly source: string;
  readonly project: ProjectSource;
  /** Files that the subject holds besides the project's. */
  readonly subject?: Change;
  /** Prepares the subject's directory further: history, hard links. */
  readonly prepare?: (directory: string) => void;
  /** The checks that the artifact meets; all of them by default. */
  readonly profile?: 'paper';
  /** Cuts every command of the trial short, so that a hang shows in seconds. */
  readonly commandLimitMs?: number;
}

/** Five files, put together from the project's own and what is said here. */
export interface ArtifactPlan extends TrialBase {
  readonly bug?: Change;
  /** The bug of an artifact that the same run has accepted; it takes one of a kind. Its weakening is the same. */
  readonly acceptedBefore?: Change;
  readonly weakening?: Change;
  readonly files?: Partial<ArtifactTexts> | ((own: ArtifactTexts) => Partial<ArtifactTexts>);
}

/** A solver's patch: what it changes in its tree, or the text of a diff. */
export interface PatchPlan extends TrialBase {
  readonly change?: Change;
  readonly diff?: string | ((own: { readonly diffOf: (change: Change) => string }) => string);
}

/** A command run as the agent in a prepared tree; it prints LEAK for what must not be found. */
export interface TreePlan extends TrialBase {
  readonly role: 'solver' | 'injector';
  readonly probe: string;
}

/**
 * What must come out. `refused`: closed, by one of these checks or with such a sentence; `paid`: a residual forgery that
 * no outside check sees, with what sees it partly; `accepted`: honest work.
 */
export type Expectation =
  | { readonly list: 'closed'; readonly by: readonly string[]; readonly sentence: RegExp }
  | { readonly list: 'residual'; readonly seenBy: string }
  | { readonly list: 'honest' };

export type Trial =
  | { readonly kind: 'artifact'; readonly plan: ArtifactPlan; readonly expected: Expectation }
  | { readonly kind: 'patch'; readonly plan: PatchPlan; readonly expected: Expectation }
  | { readonly kind: 'tree'; readonly plan: TreePlan; readonly expected: Expectation };

/** What came out. */
export interface Outcome {
  /** The artifact is accepted, the patch solves, or the tree leaks. */
  readonly paid: boolean;
  /** The check that decided, `grading` or `preparation`. */
  readonly by: string;
  readonly sentence: string;
  /** What grading records about a patch that touches the test framework or process control. */
  readonly signs?: readonly string[];
}

/** An artifact that one of these checks must refuse. */
export function artifactAttack({
  refusedBy,
  sentence = /./,
  ...plan
}: ArtifactPlan & { readonly refusedBy: string | readonly string[]; readonly sentence?: RegExp }): Trial {
  return { kind: 'artifact', plan, expected: { list: 'closed', by: [refusedBy].flat(), sentence } };
}

/** A patch that must be unsolved, for this reason. */
export function patchAttack({ reason, ...plan }: PatchPlan & { readonly reason: RegExp }): Trial {
  return { kind: 'patch', plan, expected: { list: 'closed', by: ['grading'], sentence: reason } };
}

/** A place in the solver's or the injector's tree in which nothing may be found. */
export function treeAttack(plan: TreePlan): Trial {
  return { kind: 'tree', plan, expected: { list: 'closed', by: ['preparation', 'leak-unfixable'], sentence: /./ } };
}

/** An artifact that is accepted although it cheats; `seenBy` says why, and what sees it partly. */
export function residualArtifact({ seenBy, ...plan }: ArtifactPlan & { readonly seenBy: string }): Trial {
  return { kind: 'artifact', plan, expected: { list: 'residual', seenBy } };
}

/** A patch that solves although it cheats; `seenBy` says why, and what grading records of it is measured. */
export function residualPatch({ seenBy, ...plan }: PatchPlan & { readonly seenBy: string }): Trial {
  return { kind: 'patch', plan, expected: { list: 'residual', seenBy } };
}

/** An artifact that must be accepted. */
export function honestArtifact(plan: ArtifactPlan): Trial {
  return { kind: 'artifact', plan, expected: { list: 'honest' } };
}

/** A patch that must solve. */
export function honestPatch(plan: PatchPlan): Trial {
  return { kind: 'patch', plan, expected: { list: 'honest' } };
}

/** A text with one passage replaced; a passage that is not there is a mistake in the trial. */
export function edited(text: string | null | undefined, from: string, to: string): string {
  if (text?.includes(from) !== true) throw new RangeError(`the text to edit does not hold ${JSON.stringify(from)}`);
  return text.replace(from, () => to);
}
