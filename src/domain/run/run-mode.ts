/**
 * What a run plays, and who learns from it (docs/evaluation.md#modes): both roles; solvers on bugs that are there
 * already; or injectors alone, whose bugs are solved only to be paid by.
 */
export type RunMode = 'self-play' | 'repair-only' | 'injection-only';

/** Episodes on one draw: a bug that is there already needs no siblings, for nobody is compared over it but its solvers. */
export function siblingsOf(config: { readonly mode: RunMode; readonly injectionGroupSize: number }): number {
  return config.mode === 'repair-only' ? 1 : config.injectionGroupSize;
}

/** Whether what this role has played is trained on. */
export function isTrained(mode: RunMode, role: 'injector' | 'solver'): boolean {
  return mode !== 'injection-only' || role === 'injector';
}
