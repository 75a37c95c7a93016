/**
 * Those of the names that a log does not hold, wherever in it (docs/specification.md#parser: every pass's name is in
 * the log).
 *
 * Names and logs are hostile and may both be large, so words are looked up in an index and only the rest is searched
 * for, within a budget; beyond it a name counts as found when the log holds all of its words.
 */
export function namesAbsentFrom(log: string, names: Iterable<string>): readonly string[] {
  const text = withoutColour(log);
  const words = new Set(text.match(WORD));
  let budget = SEARCH_BUDGET;
  return [...new Set(names)].filter((name) => {
    if (words.has(name)) return false;
    if (budget <= 0) return !(name.match(WORD) ?? []).every((word) => words.has(word));
    const place = text.indexOf(name);
    budget -= place === -1 ? text.length : place;
    return place === -1;
  });
}

/** A log without the escapes that colour it. */
export function withoutColour(log: string): string {
  return log.replace(COLOUR, '');
}

const WORD = /[\p{L}\p{N}_]+/gu;

// Runners colour what they print, and the letter that ends an escape would stick to the name behind it.
const COLOUR = /[^\P{Cc}\s]\[[\d;]*[A-Za-z]/gu;

// Characters, searched at some 10^9 a second.
const SEARCH_BUDGET = 4e9;
