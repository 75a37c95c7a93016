import type { Operator } from './operator.ts';

/**
 * The embedded policy's model: the features of each decision by name, with the weights that it starts from.
 *
 * The order of the names is the order of the numbers in a recorded decision, so names are only ever added at the end.
 * Hand-set: what a programmer would look at first. A trainer moves them by rewards.
 */
const FEATURE_WEIGHTS = {
  // Injector: the file to break. Sizes are logarithms, so twice as long counts the same everywhere.
  'library-file': {
    imported: 1.5,
    'package-imported': 0.5,
    named: 1.5,
    'log-lines': 0.4,
    'log-changes': 0.3,
    'tried-before': -1.5,
  },
  'test-file': { imported: 2, 'package-imported': 0.3, named: 4, 'log-tests': 0.5, 'log-bytes': -0.1 },
  'test-runner': { pytest: 0, unittest: 1.5 },
  'broken-function': {
    'mentioned-in-tests': 1,
    private: -0.3,
    dunder: -0.3,
    'log-lines': 0.4,
    'tried-before': -0.7,
  },
  'breaking-edit': {
    ...operatorWeights({ statement: -0.3, argument: 0.6, branch: 0.3, 'return-value': -1 }),
    'log-lines': 0.2,
    indent: 0,
  },
  'history-hunk': { 'removed-lines': 0.05, 'added-lines': 0.05, code: 1.5, 'in-function': 0.5, age: -0.1 },
  'kept-bug': { kept: 2, 'log-failing': -0.2, 'failing-share': -1 },
  // Solver: where to look, and what to try.
  'suspect-function': {
    'failing-share': 3,
    suspiciousness: 4,
    'line-suspiciousness': 3,
    'in-traceback': -0.5,
    'deepest-in-traceback': 1,
    'mentioned-in-specification': 0.3,
    'log-lines': 0.3,
    'tried-before': -0.6,
  },
  // Candidates of one origin share its odds, so the many ways to put something back each start lower.
  'tried-repair': {
    ...operatorWeights({
      comparison: 2,
      membership: 0.3,
      negation: 0.9,
      arithmetic: 0.8,
      truth: 1,
      'argument-order': 0.4,
      'return-value': -0.3,
      statement: -2,
      guard: -0.8,
      branch: 0.5,
      condition: -2,
      wrapper: -1.5,
      name: -0.7,
    }),
    donor: -2.5,
    failure: -0.8,
    removal: -3.5,
    'for-placeholder': 2.7,
    naturalness: 1,
    'donor-naturalness': 0.7,
    'last-assigned': 1.6,
    executed: 0.5,
    suspiciousness: 3.4,
    'in-traceback': 1.3,
    'told-by-failure': 2.8,
    'in-specification': 0.6,
    'same-neighbours': 2.5,
    'uses-unused-name': 4.5,
    'sibling-donor': 0.4,
    'unknown-names': 0,
    'log-lines': -1.3,
  },
} as const;

type FeatureWeights = typeof FEATURE_WEIGHTS;
export type DecisionName = keyof FeatureWeights;
export type Features<Name extends DecisionName> = Readonly<
  Partial<Record<keyof FeatureWeights[Name] & string, number>>
>;
/** The weights of each decision, in the order of its features. */
export type Weights = Readonly<Record<DecisionName, readonly number[]>>;

export const DEFAULT_WEIGHTS: Weights = {
  'library-file': Object.values(FEATURE_WEIGHTS['library-file']),
  'test-file': Object.values(FEATURE_WEIGHTS['test-file']),
  'test-runner': Object.values(FEATURE_WEIGHTS['test-runner']),
  'broken-function': Object.values(FEATURE_WEIGHTS['broken-function']),
  'breaking-edit': Object.values(FEATURE_WEIGHTS['breaking-edit']),
  'history-hunk': Object.values(FEATURE_WEIGHTS['history-hunk']),
  'kept-bug': Object.values(FEATURE_WEIGHTS['kept-bug']),
  'suspect-function': Object.values(FEATURE_WEIGHTS['suspect-function']),
  'tried-repair': Object.values(FEATURE_WEIGHTS['tried-repair']),
};

/** The names of a decision's features, in the order of its numbers. */
export function featureNames(name: DecisionName): readonly string[] {
  return Object.keys(FEATURE_WEIGHTS[name]);
}

/** Features by name as the numbers of a recorded decision; a feature that is not named is 0. */
export function toVector<Name extends DecisionName>(name: Name, features: Features<Name>): readonly number[] {
  const given = new Map<string, number | undefined>(Object.entries(features));
  return featureNames(name).map((feature) => given.get(feature) ?? 0);
}

/** One feature for each operator, 0 unless given. */
function operatorWeights(given: Partial<Record<Operator, number>>): Record<Operator, number> {
  return {
    comparison: 0,
    equality: 0,
    membership: 0,
    boolean: 0,
    negation: 0,
    arithmetic: 0,
    constant: 0,
    truth: 0,
    'argument-order': 0,
    'return-value': 0,
    'loop-control': 0,
    statement: 0,
    guard: 0,
    branch: 0,
    argument: 0,
    condition: 0,
    element: 0,
    wrapper: 0,
    name: 0,
    hunk: 0,
    ...given,
  };
}
