import type { BugArtifact } from '../artifact/bug-artifact.ts';
import type { ParserExperiment, TestRun } from '../report/test-run.ts';
import { weakenedRuns, type ArtifactFacts, type HintFacts, type ValidationFacts } from './validation-facts.ts';

/** Facts as checks ask for them: what is not there has not been gathered, or could not be. */
export interface Gathered extends Omit<ValidationFacts, 'artifact'> {
  /** The five files, readable or not. */
  readonly submission: ArtifactFacts;
  /** There where the files are readable. */
  readonly artifact?: BugArtifact;
  /** What the parser made of logs that were changed on purpose. */
  readonly experiments?: readonly ParserExperiment[];
  /** What the diffs put into comments. */
  readonly hints?: HintFacts;
}

export type FactName = keyof Gathered;

/** What runs are found in, whatever is known of the files. */
export type FactsWithRuns = Omit<Gathered, 'submission' | 'artifact'>;

export function gatheredIn({ artifact: submission, ...facts }: ValidationFacts): Gathered {
  const { original, weakened } = facts;
  return {
    ...facts,
    submission,
    ...(submission.wellFormed && { artifact: submission.artifact }),
    ...(original && { experiments: original.parser }),
    ...(weakened?.hints && { hints: weakened.hints }),
  };
}

/** What the comparison with the library is called among the durations; all others are names of gatherings. */
export const LIBRARY = 'library';

interface Source {
  /** The gathering, or the part of one, that it comes from: under this name its duration is kept. */
  readonly gathering: string;
  readonly runs: (facts: FactsWithRuns) => readonly (TestRun | null | undefined)[];
}

const none = () => [];

const SOURCES: Readonly<Record<FactName, Source>> = {
  submission: { gathering: 'artifact', runs: none },
  artifact: { gathering: 'artifact', runs: none },
  original: { gathering: 'original', runs: ({ original }) => original?.runs ?? [] },
  experiments: { gathering: 'parser', runs: ({ original }) => original?.runs ?? [] },
  buggy: { gathering: 'buggy', runs: ({ buggy }) => buggy?.runs ?? [] },
  weakened: { gathering: 'weakened', runs: ({ weakened }) => weakenedRuns(weakened) },
  hints: { gathering: 'weakened', runs: none },
  inverse: {
    gathering: 'inverse',
    runs: ({ inverse }) => inverse?.reversions.flatMap((reversion) => ('run' in reversion ? reversion.run : [])) ?? [],
  },
  neutral: { gathering: 'neutral', runs: ({ neutral }) => [neutral?.run, neutral?.original?.run] },
  sabotage: {
    gathering: 'sabotage',
    runs: ({ sabotage }) => [
      sabotage?.original,
      sabotage?.buggy,
      sabotage?.altered?.original,
      sabotage?.altered?.buggy,
    ],
  },
  leaks: { gathering: 'leaks', runs: ({ leaks }) => [leaks?.run] },
  library: { gathering: LIBRARY, runs: none },
};

export function gatheringOf(fact: FactName): string {
  return SOURCES[fact].gathering;
}

/** The runs that were made to find a fact out. */
export function runsBehind(fact: FactName, facts: FactsWithRuns): readonly TestRun[] {
  return SOURCES[fact].runs(facts).filter((run) => run != null);
}
