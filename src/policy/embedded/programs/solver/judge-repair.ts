import type { Diagnosis } from '../../languages/language.ts';

/** What a repair did to the tests, compared with the run before it. */
export interface Effect {
  readonly solved: boolean;
  /** Tests fixed less tests broken: which of several failures is the better patch. */
  readonly gain: number;
}

export function effectOf(before: Diagnosis, after: Diagnosis | undefined, specified: readonly string[]): Effect {
  if (after === undefined) return { solved: false, gain: -Infinity };
  const failing = failingIn(before);
  const named = failing.filter((id) => specified.some((name) => isNamed(id, name)));
  const passes = (id: string) => after.outcomes[id] === 'passed';
  const broken = Object.keys(before.outcomes).filter((id) => before.outcomes[id] === 'passed' && !passes(id));
  // Tests that fail for reasons of their own (no network, say) are none of this bug's; nor is a file that did not load.
  const wanted = named.length > 0 ? named : failing.filter((id) => before.outcomes[id] === 'failed' && !isFile(id));
  const solved = broken.length === 0 && wanted.every(passes) && Object.values(after.outcomes).includes('passed');
  const noneNewlyFailing = failingIn(after).every((id) => failing.includes(id));
  return {
    solved: solved && noneNewlyFailing,
    gain: failing.filter(passes).length - broken.length,
  };
}

function failingIn({ outcomes }: Diagnosis): readonly string[] {
  return Object.keys(outcomes).filter((id) => outcomes[id] === 'failed');
}

/** Whether a test's id, of whatever runner, ends with this name. */
function isNamed(id: string, name: string): boolean {
  const bare = id.replace(/\[.*$/s, '');
  if (bare === name || bare.endsWith(`.${name}`) || bare.endsWith(`:${name}`)) return true;
  // JavaScript's titles are free text, brackets and all.
  return id.endsWith(` › ${name}`) || id.endsWith(`::${name}`);
}

function isFile(id: string): boolean {
  return id.endsWith('.py') || id.startsWith('unittest.loader.') || /^[^:]+\.[cm]?[jt]sx?$/.test(id);
}
