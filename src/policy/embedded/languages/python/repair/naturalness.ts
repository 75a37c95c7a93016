import { memoise } from '../../../memoise.ts';

/** Identifiers, numbers, quoted strings and operators; white space does not count. */
export function tokensOf(code: string): readonly string[] {
  return code.match(/[A-Za-z_]\w*|\d[\w.]*|"[^"\n]*"|'[^'\n]*'|[<>=!*/+\-|&^%]=|\*\*|\/\/|<<|>>|[^\s\w]/g) ?? [];
}

interface TrigramCounts {
  readonly pairs: ReadonlyMap<string, number>;
  readonly triples: ReadonlyMap<string, number>;
}

const countsOf = memoise((text: string): TrigramCounts => {
  const tokens = tokensOf(text);
  const pairs = new Map<string, number>();
  const triples = new Map<string, number>();
  tokens.forEach((token, index) => {
    const pair = `${tokens[index - 2] ?? ''} ${tokens[index - 1] ?? ''}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    triples.set(`${pair} ${token}`, (triples.get(`${pair} ${token}`) ?? 0) + 1);
  });
  return { pairs, triples };
});

/**
 * How much more the new lines read like the rest of the file than the old ones: the mean log-probability of a token by
 * its two predecessors. Code repeats itself, and a bug is a place where it does not (Hindle et al. 2012; Ray et al.
 * 2016, "On the naturalness of buggy code").
 */
export function naturalnessGain(file: string, before: string, after: string): number {
  const counts = countsOf(file);
  // The old lines are part of the file and must not speak for themselves.
  const own = countsOf(before);
  return meanLogProbability(after, counts, own) - meanLogProbability(before, counts, own);
}

/** Unseen continuations keep a little probability; 1 in 20 is about what small files bear out. */
const SMOOTHING = 0.05;

function meanLogProbability(lines: string, file: TrigramCounts, own: TrigramCounts): number {
  const tokens = tokensOf(lines);
  const total = tokens.reduce((sum, token, index) => {
    const pair = `${tokens[index - 2] ?? ''} ${tokens[index - 1] ?? ''}`;
    const triple = `${pair} ${token}`;
    const seen = (file.triples.get(triple) ?? 0) - (own.triples.get(triple) ?? 0);
    const of = (file.pairs.get(pair) ?? 0) - (own.pairs.get(pair) ?? 0);
    return sum + Math.log((Math.max(0, seen) + SMOOTHING) / (Math.max(0, of) + 1));
  }, 0);
  return tokens.length === 0 ? 0 : total / tokens.length;
}
