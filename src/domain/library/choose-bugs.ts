import { compareWithLibrary } from '../checks/near-duplicate.ts';
import type { ArtifactRow, BugRow } from '../record/ledger-rows.ts';

/** An accepted bug of a ledger, with what today's checks say of it where they were asked again. */
export interface Candidate extends BugRow {
  readonly revalidated: 'consistent' | 'inconsistent' | undefined;
}

export interface LibraryChoice {
  /** The version of the checks by which a bug is valid. */
  readonly validatorVersion: string;
  /** Only bugs that at least one attempt has solved. */
  readonly solved: boolean;
  /** How many bugs of one image may be like each other; 1: no two. */
  readonly alike: number;
}

/** Why an accepted bug is left out of a library. */
export type LeftOut = 'second-order' | 'not-judged-today' | 'not-consistent-today' | 'not-solved' | 'same' | 'alike';

export interface ChosenBugs<Bug> {
  readonly chosen: readonly Bug[];
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

/**
 * The bugs of a library, out of those that a ledger holds, in their order: of several that are the same, or alike by the
 * measure of the check near-duplicate, the first ones stay. Unlike that check it compares bugs of all runs.
 */
export function chooseBugs<Bug extends Candidate>(bugs: readonly Bug[], choice: LibraryChoice): ChosenBugs<Bug> {
  const chosen: Bug[] = [];
  const leftOut: Partial<Record<LeftOut, number>> = {};
  for (const bug of bugs) {
    const reason = unfitness(bug, choice) ?? likeness(bug.artifact, chosen, choice);
    if (reason === undefined) chosen.push(bug);
    else leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  }
  return { chosen, leftOut };
}

function unfitness(
  { artifact, episode, revalidated }: Candidate,
  { validatorVersion, solved }: LibraryChoice,
): LeftOut | undefined {
  if (artifact.order === 2) return 'second-order';
  if (artifact.contentId === null) return 'not-judged-today';
  if (revalidated === 'inconsistent') return 'not-consistent-today';
  if (revalidated === undefined && artifact.validatorVersion !== validatorVersion) return 'not-judged-today';
  return solved && (episode?.solveRate ?? 0) === 0 ? 'not-solved' : undefined;
}

function likeness(bug: ArtifactRow, chosen: readonly BugRow[], { alike }: LibraryChoice): LeftOut | undefined {
  const others = chosen.map(({ artifact }) => artifact);
  if (others.some(({ contentId }) => contentId === bug.contentId)) return 'same';
  const ofImage = others.filter(
    ({ subject, image }) => subject === bug.subject || (image !== null && image === bug.image),
  );
  return compareWithLibrary(bug, ofImage).like.length >= alike ? 'alike' : undefined;
}
