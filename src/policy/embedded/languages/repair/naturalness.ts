import { asIs, memoise } from '../memoise.ts';

/** Identifiers, numbers, quoted strings and operators; white space does not count. */
export function tokensOf(code: string): readonly string[] {
  return code.match(/[A-Za-z_]\w*|\d[\w.]*|"[^"\n]*"|'[^'\n]*'|[<>=!*/+\-|&^%]=|\*\*|\/\/|<<|>>|[^\s\w]/g) ?? [];
}

type Counts = ReadonlyMap<string, number>;

/** How often each run of one, two and three tokens occurs; the empty run is the number of tokens. */
const countsOf = memoise(
  (text: string): Counts => {
    const tokens = tokensOf(text);
    const counts = new Map<string, number>([['', tokens.length]]);
    const count = (run: string) => counts.set(run, (counts.get(run) ?? 0) + 1);
    tokens.forEach((token, index) => {
      const [second, first] = [tokens[index - 1] ?? '', tokens[index - 2] ?? ''];
      count(token);
      count(`${second} ${token}`);
      count(`${first} ${second} ${token}`);
    });
    return counts;
  },
  { keyOf: asIs, capacity: 256 },
);

/**
 * How much more the new lines read like the rest of the file than the old ones: the difference of their log-probability
 * by a model of three tokens. Code repeats itself, and a bug is a place where it does not (Hindle et al. 2012; Ray et
 * al. 2016, "On the naturalness of buggy code"). Lines of different length are compared by the token.
 */
export function naturalnessGain(file: string, before: string, after: string): number {
  const model = { file: countsOf(file), own: countsOf(before) };
  const [old, now] = [before, after].map((lines) => ({
    size: tokensOf(lines).length,
    sum: logProbability(lines, model),
  }));
  if (old === undefined || now === undefined) return 0;
  const isInPlace = Math.abs(old.size - now.size) <= 2;
  return isInPlace ? (now.sum - old.sum) / 4 : 2 * (now.sum / Math.max(1, now.size) - old.sum / Math.max(1, old.size));
}

interface Model {
  readonly file: Counts;
  /** The old lines are part of the file and must not speak for themselves. */
  readonly own: Counts;
}

function logProbability(lines: string, model: Model): number {
  const tokens = tokensOf(lines);
  return tokens.reduce((sum, token, index) => {
    const [second, first] = [tokens[index - 1] ?? '', tokens[index - 2] ?? ''];
    const one = (seen(model, token) + 0.1) / (seen(model, '') + 100);
    const two = smoothed(seen(model, `${second} ${token}`), seen(model, second), one);
    return sum + Math.log(smoothed(seen(model, `${first} ${second} ${token}`), seen(model, `${first} ${second}`), two));
  }, 0);
}

function seen({ file, own }: Model, run: string): number {
  return Math.max(0, (file.get(run) ?? 0) - (own.get(run) ?? 0));
}

/** A relative frequency that falls back on a simpler model where little was seen; the weight of two sightings. */
function smoothed(count: number, of: number, fallback: number): number {
  return (count + 2 * fallback) / (of + 2);
}
