/**
 * The values that a shell script gives to variables of a name, as far as they can be read without running it: variables
 * that it set itself are put in, and what means the tree's root (`$PWD`, `$(pwd)`) is a dot. What cannot be read stays
 * as it is written, with its `$`.
 */
export function createValueReader(script: string): (name: RegExp) => readonly string[] {
  const assignments = assignmentsIn(toPlain(script));
  const values = new Map<string, readonly string[]>();
  for (const { name, value } of assignments) values.set(name, [...(values.get(name) ?? []), value]);
  return (wanted) =>
    assignments.filter(({ name }) => wanted.test(name)).map(({ name, value }) => expanded(value, { values, name }));
}

/** A script with its continued lines in one and the tree's root as a dot: where it is written, it is where it starts. */
export function toPlain(script: string): string {
  return script.replace(/\\\n/g, ' ').replace(ROOT, '.');
}

const ROOT =
  /\$\(cd (?:-P )?"?\$\(dirname (?:--\s)?"?\$(?:0|\{?BASH_SOURCE(?:\[0\])?\}?)"?\)"? && pwd(?: -P)?\)|\$\((?:pwd(?: -P)?|git rev-parse --show-toplevel)\)|`pwd`|\$\{PWD\}|\$PWD\b/g;

interface Assignment {
  readonly name: string;
  readonly value: string;
}

function assignmentsIn(script: string): readonly Assignment[] {
  const set = [
    ...script.matchAll(/([A-Za-z_]\w{0,99})\+?=(?:"(?:\\.|[^"\\]){0,2000}"|'[^']{0,2000}'|[^\s;&|"']){0,2000}/g),
  ].map(([whole, name = '']) => ({ name, value: unquoted(whole.slice(whole.indexOf('=') + 1)) }));
  const looped = [...script.matchAll(/\bfor\s+([A-Za-z_]\w{0,99})\s+in\s+([^\n;]{1,2000})/g)].flatMap(
    ([, name = '', words = '']) => words.split(/\s+/).map((value) => ({ name, value: unquoted(value) })),
  );
  return [...set, ...looped];
}

function unquoted(value: string): string {
  return value.replace(/["']/g, '');
}

interface Expansion {
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** A variable that is made longer holds itself: what the image has in it is the image's own. */
  readonly name: string;
}

function expanded(value: string, { values, name }: Expansion): string {
  let text = value;
  for (let round = 0; round < ROUNDS && text.includes('$'); round += 1) {
    text = text.replace(VARIABLE, (whole, inBraces?: string, operator?: string, word?: string, plain?: string) => {
      const variable = inBraces ?? plain ?? '';
      if (variable === name) return '';
      const known = values.get(variable) ?? OWN.get(variable);
      if (operator === '+') return known === undefined ? '' : (word ?? '');
      // A name that is set twice has either value.
      if (known !== undefined) return known.join(':');
      return operator === '-' ? (word ?? '') : whole;
    });
    text = text.slice(0, MAX_VALUE);
  }
  return text;
}

// Deeper chains of variables are not written by hand, and doubling ones must end.
const ROUNDS = 5;
const MAX_VALUE = 4000;

const VARIABLE = /\$\{(\w+)(?::?([-+])([^{}]*))?\}|\$([A-Za-z_]\w*)/g;

/** What every script may write to. */
const OWN: ReadonlyMap<string, readonly string[]> = new Map([
  ['TMPDIR', ['/tmp']],
  ['HOME', ['/tmp']],
]);
