import { isAccepted, type Rules } from './random-artifact.ts';
import { testsOfBug, type SeedKind } from './random-bug.ts';

/** What was measured over many artifacts, and what it should be at any failure rate. */
export interface Series {
  readonly points: readonly { readonly failureRate: number; readonly measured: number }[];
  readonly closedForm: (failureRate: number) => number;
}

export interface Sampling {
  readonly rates: readonly number[];
  /** Artifacts drawn at each rate. */
  readonly artifacts: number;
  readonly seed: number;
}

/** One set of circumstances, over all failure rates. */
export interface Circumstances extends Rules {
  readonly kind: SeedKind;
  readonly tests: number;
}

/** The share of accepted artifacts by failure rate. */
export function acceptance(circumstances: Circumstances, { rates, artifacts, seed }: Sampling): Series {
  const tests = testsOfBug(circumstances.tests);
  const measured = (failureRate: number): number => {
    const accepted = Array.from({ length: artifacts }, (_, index) =>
      isAccepted({ seed: seed + index, kind: circumstances.kind, tests, failureRate }, circumstances),
    );
    return accepted.filter(Boolean).length / artifacts;
  };
  return {
    points: rates.map((failureRate) => ({ failureRate, measured: measured(failureRate) })),
    closedForm: (failureRate) => expectedAcceptance(failureRate, circumstances),
  };
}

/**
 * The closed form. Each of k tests has to agree with itself in all of n draws, and one of them has to fail in them:
 * (q^n + (1 - q)^n)^k - (1 - q)^(nk). With one test that is q^n: 0.31 for q = 0.743 and four runs
 * (docs/specification.md#theory).
 */
export function expectedAcceptance(failureRate: number, { tests, ...rest }: Circumstances): number {
  const draws = drawsSeen(rest);
  const pass = 1 - failureRate;
  return (failureRate ** draws + pass ** draws) ** tests - pass ** (draws * tests);
}

/** How many independent draws of the same test validation looks at. */
function drawsSeen({ kind, buggyRuns, neutralEdit }: Omit<Circumstances, 'tests'>): number {
  const commented = neutralEdit ? 1 : 0;
  switch (kind) {
    case 'the run':
      return buggyRuns + commented;
    case 'the process id':
      return buggyRuns;
    case 'its own text':
      return 1 + commented;
    case 'the day':
      return 1;
  }
}
