/**
 * The values that a shell script gives to variables of a name, as far as they can be read without running it: variables
 * that it set itself are put in, and what means the tree's root (`$PWD`, `$(pwd)`) is a dot. What cannot be read stays
 * as it is written, with its `$`; a value beyond all bounds is `UNREADABLE`, never a part of itself.
 */
export function createValueReader(script: string): (name: RegExp) => readonly string[] {
  const plain = toPlain(script);
  const assigned = assignmentsIn(plain);
  const read = new Map<string, readonly string[]>();
  const valuesOf: ValuesOf = (name) => {
    const values = read.get(name) ?? valuesAt(plain, assigned.get(name) ?? []);
    read.set(name, values);
    return values;
  };
  return (wanted) =>
    [...assigned.keys()]
      .filter((name) => wanted.test(name))
      .flatMap((name) => valuesOf(name).map((value) => expanded(value, { valuesOf, name })));
}

/** What stands for a value that was not read to its end: no name that could be looked for. */
export const UNREADABLE = '$(a value too long to be read)';

/** A script with its continued lines in one and the tree's root as a dot: where it is written, it is where it starts. */
export function toPlain(script: string): string {
  return script.replace(/\\\n/g, ' ').replace(ROOT, '.');
}

const ROOT =
  /\$\(cd (?:-P )?"?\$\(dirname (?:--\s)?"?\$(?:0|\{?BASH_SOURCE(?:\[0\])?\}?)"?\)"? && pwd(?: -P)?\)|\$\((?:pwd(?: -P)?|git rev-parse --show-toplevel)\)|`pwd`|\$\{PWD\}|\$PWD\b/g;

/** Where a value stands, or the words of a loop. */
type Assignment = number | { readonly words: string };

function assignmentsIn(script: string): ReadonlyMap<string, readonly Assignment[]> {
  const assigned = new Map<string, Assignment[]>();
  const add = (name: string, assignment: Assignment) => {
    const known = assigned.get(name) ?? [];
    assigned.set(name, known);
    known.push(assignment);
  };
  // Those inside of another's quotes too: a quote may close where this reading takes it to open.
  for (const match of script.matchAll(/([A-Za-z_]\w{0,99})\+?=/g)) add(match[1] ?? '', match.index + match[0].length);
  for (const [, name = '', words = ''] of script.matchAll(/\bfor\s+([A-Za-z_]\w{0,99})\s+in\s+([^\n;]+)/g))
    add(name, { words });
  return assigned;
}

function valuesAt(script: string, assignments: readonly Assignment[]): readonly string[] {
  const values: string[] = [];
  let left = MAX_VALUE;
  for (const assignment of assignments) {
    if (typeof assignment === 'number') {
      left -= matchAt(SCANNED, script, assignment).length;
      values.push(unquoted(matchAt(VALUE, script, assignment)));
    } else {
      left -= assignment.words.length;
      values.push(...assignment.words.split(/\s+/).map(unquoted));
    }
    if (left < 0) return [UNREADABLE];
  }
  return values;
}

function matchAt(pattern: RegExp, script: string, at: number): string {
  const sticky = new RegExp(pattern, 'y');
  sticky.lastIndex = at;
  return sticky.exec(script)?.[0] ?? '';
}

const VALUE = /(?:"(?:\\[^]|[^"\\])*"|'[^']*'|[^\s;&|"'])*/;

/** What is looked at to find the end: a quote that is never closed is looked for to the end of the script. */
const SCANNED = /(?:"(?:\\[^]|[^"\\])*(?:"|\\?$)|'[^']*(?:'|$)|[^\s;&|"'])*/;

function unquoted(value: string): string {
  return value.replace(/["']/g, '');
}

type ValuesOf = (name: string) => readonly string[];

interface Expansion {
  readonly valuesOf: ValuesOf;
  /** A variable that is made longer holds itself: what the image has in it is the image's own. */
  readonly name: string;
}

function expanded(value: string, expansion: Expansion): string {
  let text = value;
  for (let round = 0; round < ROUNDS && text.includes('$'); round += 1) {
    const next = expandedOnce(text, expansion);
    if (next === undefined) return UNREADABLE;
    text = next;
  }
  return text;
}

/** Undefined when it would grow beyond all bounds. */
function expandedOnce(text: string, { valuesOf, name }: Expansion): string | undefined {
  let left = MAX_VALUE;
  const next = text.replace(
    VARIABLE,
    (whole, inBraces?: string, operator?: string, word?: string, plain?: string): string => {
      if (left < 0) return '';
      const variable = inBraces ?? plain ?? '';
      const put = variable === name ? '' : valueOf({ whole, variable, operator, word }, valuesOf);
      left -= put.length;
      return put;
    },
  );
  return left < 0 || next.length > MAX_VALUE ? undefined : next;
}

interface Reference {
  readonly whole: string;
  readonly variable: string;
  readonly operator: string | undefined;
  readonly word: string | undefined;
}

function valueOf({ whole, variable, operator, word = '' }: Reference, valuesOf: ValuesOf): string {
  const values = valuesOf(variable);
  const known = values.length > 0 ? values : OWN.get(variable);
  if (operator === '+') return known === undefined ? '' : word;
  // A name that is set twice has either value.
  if (known !== undefined) return known.join(':');
  return operator === '-' ? word : whole;
}

// Deeper chains of variables are not written by hand, and doubling ones must end.
const ROUNDS = 5;

/** The values of one variable together; a whole script has no more characters, unless it is read twice. */
const MAX_VALUE = 64 * 1024;

const VARIABLE = /\$\{(\w+)(?::?([-+])([^{}]*))?\}|\$([A-Za-z_]\w*)/g;

/** What every script may write to. */
const OWN: ReadonlyMap<string, readonly string[]> = new Map([
  ['TMPDIR', ['/tmp']],
  ['HOME', ['/tmp']],
]);
