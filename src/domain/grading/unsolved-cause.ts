/**
 * Why an attempt is unsolved: each is the solver's own doing and earns its reward (docs/specification.md#lost). What a
 * machine did is never here; it is an error (docs/architecture.md, "Values and errors").
 */
export type UnsolvedCause =
  | 'nothing-submitted'
  | 'unreadable-diff'
  | 'nothing-to-grade'
  | 'does-not-apply'
  | 'cannot-be-put-back'
  | 'timed-out'
  | 'unreadable-output'
  | 'nothing-reported'
  | 'nothing-required'
  | 'tests-fail'
  | 'log-disagrees'
  | 'new-tests'
  | 'exit-code'
  | 'forged';
