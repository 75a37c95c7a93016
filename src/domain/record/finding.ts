import type { CheckFinding, Figures } from './check-record.ts';

/** A check that the artifact passes. */
export function passes(detail: string, figures: Figures = {}): CheckFinding {
  return { passed: true, detail, figures };
}

/** A check that the artifact fails: the detail names what a person has to look at. */
export function fails(detail: string, figures: Figures = {}): CheckFinding {
  return { passed: false, detail, figures };
}

/** The names that a record keeps: enough to act on, few enough that hostile lists do not fill the ledger. */
export function firstNames(names: Iterable<string>): readonly string[] {
  return [...names].slice(0, 20).map(shortened);
}

/** Names for a sentence: the first few, and how many there are beside them. */
export function nameList(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, 5).map(shortened).join(', ');
  return all.length > 5 ? `${shown} and ${all.length - 5} more` : shown;
}

// An id may be 2 000 characters long; a sentence with five of them helps nobody.
function shortened(name: string): string {
  return name.length > 200 ? `${name.slice(0, 199)}…` : name;
}
