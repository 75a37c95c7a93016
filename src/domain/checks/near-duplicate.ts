import type { CheckFinding } from '../record/check-record.ts';
import { fails, firstNames, passes } from '../record/finding.ts';

/** What one bug is compared with others by. */
export interface BugIdentity {
  /** Hash of the tree that the solver starts from; null where it was not built. */
  readonly treeHash: string | null;
  /** Hash of the subject and the bug's diff in its normal form. */
  readonly bugHash: string | null;
  /** The smallest hashes of the changed lines, at most `SKETCH_SIZE`, sorted: what the similarity is estimated from. */
  readonly sketch: readonly string[];
}

/** An accepted bug of the same image and run. */
export interface LibraryEntry extends BugIdentity {
  readonly artifactId: string;
}

/** An accepted bug that is like the one judged, from `NEAR_SIMILARITY` to 1. */
export interface LikeBug {
  readonly artifactId: string;
  readonly similarity: number;
}

/** What the library of accepted bugs says about an artifact. */
export interface LibraryFacts {
  readonly like: readonly LikeBug[];
}

/**
 * Up to so many changed lines a similarity is exact; of larger bugs it is estimated with a standard error of at most
 * 0.5 / sqrt(128) = 0.04. A kilobyte of hashes for each bug.
 */
export const SKETCH_SIZE = 128;

/** From here on two bugs are near-duplicates: four of five changed lines are the same (the paper leaves it open). */
export const NEAR_SIMILARITY = 0.8;

/**
 * What a bug is looked up by: any two that are alike share a mark, so that a library is asked for those alone and never
 * goes through all it holds.
 *
 * Of two sketches that share so much of their union, fewer hashes than the rest of it come before the first shared one,
 * in both: the smallest few of each are enough (prefix filtering; Chaudhuri et al. 2006, "A primitive operator for
 * similarity joins in data cleaning"). Ledgers hold the marks: whoever changes them, or a number that they are made of,
 * writes a migration that marks the accepted bugs anew.
 */
export function marksOf({ treeHash, bugHash, sketch }: BugIdentity): readonly string[] {
  const largestUnion = Math.min(SKETCH_SIZE, Math.ceil(sketch.length / NEAR_SIMILARITY));
  // Rounded up: a mark too many finds a bug that is not alike, one too few would miss one that is.
  const notShared = Math.ceil(largestUnion * (1 - NEAR_SIMILARITY));
  return [
    ...(treeHash === null ? [] : [`tree ${treeHash}`]),
    ...(bugHash === null ? [] : [`bug ${bugHash}`]),
    ...sketch.slice(0, notShared + 1),
  ];
}

/** The accepted bugs that are like this one, the most similar first; ties in the order of their ids. */
export function compareWithLibrary(bug: BugIdentity, library: readonly LibraryEntry[]): LibraryFacts {
  const like = library
    .map((entry) => ({ artifactId: entry.artifactId, similarity: similarityOf(bug, entry) }))
    .filter(({ similarity }) => similarity >= NEAR_SIMILARITY)
    .sort((one, other) => other.similarity - one.similarity || (one.artifactId < other.artifactId ? -1 : 1));
  return { like };
}

/**
 * Whether there are too many bugs like this one already (docs/specification.md#near-duplicate): a policy that has found
 * one bug that pays must not be paid for it without end.
 */
export function nearDuplicateFinding(
  { like }: LibraryFacts,
  { maxNearDuplicates }: { readonly maxNearDuplicates: number },
): CheckFinding {
  const figures = {
    nearDuplicates: like.length,
    limit: maxNearDuplicates,
    highestSimilarity: Number((like[0]?.similarity ?? 0).toFixed(3)),
    like: firstNames(like.map(({ artifactId }) => artifactId)),
  };
  const found = `accepted bugs of this image and run that are like it: ${like.length}`;
  return like.length >= maxNearDuplicates
    ? fails(`${found}, and the run takes at most ${maxNearDuplicates}`, figures)
    : passes(found, figures);
}

/** The same solver tree or the same diff is the same bug, whatever the sketches say. */
function similarityOf(one: BugIdentity, other: BugIdentity): number {
  if (one.treeHash !== null && one.treeHash === other.treeHash) return 1;
  if (one.bugHash !== null && one.bugHash === other.bugHash) return 1;
  return sketchSimilarity(one.sketch, other.sketch);
}

/** Jaccard similarity of the sets behind two bottom-k sketches (Broder 1997); exact while the union fits a sketch. */
function sketchSimilarity(one: readonly string[], other: readonly string[]): number {
  const [left, right] = [new Set(one), new Set(other)];
  const union = [...new Set([...one, ...other])].sort().slice(0, SKETCH_SIZE);
  if (left.size === 0 || right.size === 0) return 0;
  return union.filter((hash) => left.has(hash) && right.has(hash)).length / union.length;
}
