import type { SgNode } from '@ast-grep/napi';

import type { ShellScript } from '../domain/script/shell-script.ts';
import { createExpander, type Assigned } from './shell-values.ts';
import { literalOf, partsOf, type ShellPart } from './shell-words.ts';
import { startOf, statementsOf } from './shell-statements.ts';

/**
 * What a shell script says, by its syntax tree; what the grammar cannot read is read as far as the tree goes. Strings that
 * the script gives to `eval` or to `sh -c` are read too. Programs in other languages, in strings and here-documents, are
 * words of their command and nothing more.
 */
export function readShell(text: string): ShellScript {
  const said: Said = { commands: [], assigned: [], folder: '' };
  for (const statement of statementsOf(text)) walk(statement, said);
  const expand = createExpander(said.assigned);
  return {
    commands: said.commands.map(({ words, folder }) => ({
      words: words.map((word) => expand(word)),
      ...(folder !== undefined && { folder }),
    })),
    assignments: said.assigned.map(({ name, parts }) => ({
      name,
      ...(parts !== undefined && { value: expand(parts, name) }),
    })),
  };
}

type Word = readonly ShellPart[];

interface Said {
  readonly commands: { readonly words: readonly Word[]; readonly folder: string | undefined }[];
  readonly assigned: Assigned[];
  folder: string | undefined;
}

/** What is still to be read: a node, or the folder that the script is in from here on. */
type Step = Place | { readonly folder: string | undefined };

interface Place {
  readonly node: SgNode;
  /** How many programs it lies in. */
  readonly depth: number;
  /** Whether it is part of a word that was read. */
  readonly inWord?: boolean;
  /** Whether it lies in a question: `[ -f x ]`. */
  readonly asks?: boolean;
}

/** Without recursion, for scripts are hostile and nest deeply. */
function walk(statement: SgNode, said: Said): void {
  const steps: Step[] = [{ node: statement, depth: 0 }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (!('node' in step)) {
      said.folder = step.folder;
      continue;
    }
    const read = READERS[String(step.node.kind())] ?? readOther;
    steps.push(...[...read(step, said)].reverse());
  }
}

type Reader = (place: Place, said: Said) => readonly Step[];

const READERS: Readonly<Record<string, Reader>> = {
  comment: () => [],
  command: readCommand,
  declaration_command: readDeclaration,
  unset_command: readDeclaration,
  variable_assignment: readAssignment,
  expansion: readExpansion,
  for_statement: readLoop,
  file_redirect: (place, said) => readRedirection(place, said, place.node.text().includes('<') ? '<' : '>'),
  herestring_redirect: (place, said) => readRedirection(place, said, '<<'),
  heredoc_body: (place, said) => {
    say(said, [['<<'], partsOf(place.node)]);
    return inside(place, { inWord: true });
  },
  heredoc_start: () => [],
  heredoc_end: () => [],
  test_command: (place, said) => readOther({ ...place, asks: true }, said),
  subshell: readApart,
  command_substitution: readApart,
  process_substitution: readApart,
};

function readCommand(place: Place, said: Said): readonly Step[] {
  const parts = wordsOf(place.node.children());
  say(said, parts);
  const [name = '', ...rest] = parts.map(literalOf);
  if (READING.has(name)) for (const variable of rest) declare(said, variable);
  const programs = place.depth < MOST_PROGRAMS ? programsIn([name, ...rest]) : [];
  assignIn(
    said,
    parts.filter((part) => !programs.includes(literalOf(part) ?? '')),
  );
  return [
    ...inside(place, {}),
    ...programs.flatMap((program) => [...statementsOf(program)].map((node) => ({ node, depth: place.depth + 1 }))),
    { folder: said.folder },
    ...(MOVING.has(name) ? [{ folder: name === 'popd' ? undefined : movedTo(said.folder, rest) }] : []),
  ];
}

const READING = new Set(['read', 'mapfile', 'readarray', 'setenv']);
const MOVING = new Set(['cd', 'pushd', 'popd']);
// A program in a program in a program is no test script.
const MOST_PROGRAMS = 3;

/** Shell text that a command runs. */
function programsIn(words: readonly (string | undefined)[]): readonly string[] {
  if (words[0] === 'eval') return [words.slice(1).join(' ')];
  const shell = words.findIndex((word) => word !== undefined && /(?:^|\/)(?:ba|da|z)?sh$/.test(word));
  const option = words.findIndex((word, index) => index > shell && word !== undefined && /^-\w*c$/.test(word));
  const program = shell === -1 || option === -1 ? undefined : words[option + 1];
  return program === undefined ? [] : [program];
}

function movedTo(folder: string | undefined, words: readonly (string | undefined)[]): string | undefined {
  const [target, ...more] = words.filter((word) => word !== '--');
  if (folder === undefined || target === undefined || more.length > 0) return undefined;
  if (!/^[\w.][\w./-]*$/.test(target)) return undefined;
  const segments = folder === '' ? [] : folder.split('/');
  for (const segment of target.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(segment);
  }
  const moved = segments.join('/');
  return moved.length > LONGEST_FOLDER ? undefined : moved;
}

// Longer ones are no folder of a tree, and every command would carry them.
const LONGEST_FOLDER = 300;

function readDeclaration(place: Place, said: Said): readonly Step[] {
  for (const child of place.node.children()) {
    if (child.kind() === 'variable_name' || child.kind() === 'word') declare(said, child.text());
  }
  return readOther(place, said);
}

function declare(said: Said, variable: string | undefined): void {
  if (variable !== undefined && /^[A-Za-z_]\w*$/.test(variable))
    said.assigned.push({ name: variable, parts: undefined });
}

function readAssignment(place: Place, said: Said): readonly Step[] {
  const [target, , value] = place.node.children();
  const name = /^\w+/.exec(target?.text() ?? '')?.[0];
  if (name === undefined) return inside(place, {});
  if (value?.kind() !== 'array') {
    const values = value === undefined ? [] : partsOf(value);
    said.assigned.push({ name, parts: [...values, ...gluedTo(place.node)] });
    return inside(place, { inWord: true });
  }
  for (const parts of wordsOf(value.children())) said.assigned.push({ name, parts });
  return inside(place, {});
}

/** `${NAME:=word}` sets what it reads. */
function readExpansion(place: Place, said: Said): readonly Step[] {
  const [, name, operator, ...rest] = place.node.children();
  if (name !== undefined && /^:?=$/.test(operator?.text() ?? ''))
    said.assigned.push({ name: name.text(), parts: rest.slice(0, -1).flatMap(partsOf) });
  return inside(place, { inWord: true });
}

function readLoop(place: Place, said: Said): readonly Step[] {
  const children = place.node.children();
  const name = children.find((child) => child.kind() === 'variable_name')?.text() ?? '';
  for (const parts of wordsOf(children)) said.assigned.push({ name, parts });
  return readOther(place, said);
}

function readRedirection(place: Place, said: Said, sign: string): readonly Step[] {
  say(said, [[sign], ...wordsOf(place.node.children())]);
  return inside(place, { inWord: true });
}

/** What runs in a shell of its own leaves the folder as it was. */
function readApart(place: Place, said: Said): readonly Step[] {
  const { node, depth } = place;
  return [...readOther({ node, depth }, said), { folder: said.folder }];
}

/** The words of a node that is no command are one of their own. */
function readOther(place: Place, said: Said): readonly Step[] {
  if (place.inWord === true) return inside(place, { inWord: true });
  const words = wordsOf(place.node.children());
  if (words.length > 0) say(said, place.asks === true ? [['['], ...words] : words);
  assignIn(said, words);
  return inside(place, { asks: place.asks ?? false });
}

function inside({ node, depth }: Place, place: Pick<Place, 'inWord' | 'asks'>): readonly Place[] {
  return node.children().map((child) => ({
    node: child,
    depth,
    ...place,
    inWord: place.inWord === true || isWord(child),
  }));
}

function say(said: Said, words: readonly Word[]): void {
  said.commands.push({ words, folder: said.folder });
}

/** Words that set a variable. */
function assignIn(said: Said, words: readonly Word[]): void {
  for (const [first, ...rest] of words) {
    if (typeof first !== 'string') continue;
    const [whole, name] = SETTING.exec(first) ?? [];
    if (whole !== undefined && name !== undefined)
      said.assigned.push({ name, parts: [first.slice(whole.length), ...rest] });
  }
}

/** As in `env NAME=value`. */
const SETTING = /^([A-Za-z_]\w*)\+?=/;

/** The words among the children of a node; the grammar parts them at backticks, where a shell does not. */
function wordsOf(children: readonly SgNode[]): readonly Word[] {
  const words: Word[] = [];
  let before: SgNode | undefined;
  for (const child of children) {
    if (isWord(child)) {
      const glued = before !== undefined && endOf(before) === startOf(child) ? before : undefined;
      if (glued !== undefined && isWord(glued)) words.push([...(words.pop() ?? []), ...partsOf(child)]);
      else if (glued?.kind() !== 'variable_assignment') words.push(partsOf(child));
    }
    before = child;
  }
  return words;
}

/** What the same parting takes from the value of an assignment. */
function gluedTo(node: SgNode): Word {
  const next = node.next();
  return next !== null && isWord(next) && startOf(next) === endOf(node) ? partsOf(next) : [];
}

function endOf(node: SgNode): number {
  return node.range().end.index;
}

function isWord(node: SgNode): boolean {
  return WORDS.has(String(node.kind()));
}

const WORDS = new Set([
  'command_name',
  'word',
  'string',
  'raw_string',
  'ansi_c_string',
  'translated_string',
  'concatenation',
  'number',
  'simple_expansion',
  'expansion',
  'command_substitution',
  'process_substitution',
  'arithmetic_expansion',
  'brace_expression',
  'extglob_pattern',
  'regex',
]);
