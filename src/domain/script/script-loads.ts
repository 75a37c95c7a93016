import { UNREADABLE, valuesIn, type ShellCommand, type ShellScript } from './shell-script.ts';

/**
 * Something that a script has a test runner, Python or Node load before or beside the tests: a folder to import from, a
 * module, or a file that configures the runner.
 */
export interface ScriptLoad {
  readonly kind: 'folder' | 'python-module' | 'node-module' | 'file';
  readonly name: string;
}

/** The same, and whether the image holds it before the script has run. */
export interface SeenLoad extends ScriptLoad {
  readonly held: boolean;
}

/**
 * What a script has loaded, as far as it is plain to see (docs/specification.md#test-script): folders of PYTHONPATH,
 * plug-ins of pytest, modules that Node and its runners are told to require, and configurations of runners. A plug-in that
 * is switched off (`-p no:x`) is none.
 *
 * All of them, folders first: a list that ended somewhere would hide what stands behind its end.
 */
export function scriptLoads(script: ShellScript): readonly ScriptLoad[] {
  const loads = [
    ...foldersIn(script).map((name) => ({ kind: 'folder', name }) as const),
    ...pluginsIn(script).map((name) => ({ kind: 'python-module', name }) as const),
    ...requiredIn(script).map((name) => ({ kind: 'node-module', name }) as const),
    ...configurationsIn(script).map((name) => ({ kind: 'file', name }) as const),
  ];
  return [...new Map(loads.map((load) => [`${load.kind} ${load.name}`, load])).values()];
}

/** Those that are not part of the image as it was; what was not looked for is not there. */
export function foreignLoads(script: ShellScript, seen: readonly SeenLoad[] = []): readonly string[] {
  const held = new Set(seen.filter((load) => load.held).map(({ kind, name }) => `${kind} ${name}`));
  const named = foldersNamedIn(script);
  const foreign = scriptLoads(script)
    .filter(({ kind, name }) => !held.has(`${kind} ${name}`))
    // A folder that is not there and that nothing makes: `PYTHONPATH=src:.` is a habit.
    .filter(({ kind, name }) => kind !== 'folder' || !isBelow(name) || isNamed(named, name));
  return [...new Set(foreign.map(({ name }) => name))];
}

/** Scripts name a few; more than these are not looked for in the image, so they are not held by it. */
export const MAX_LOOKED_FOR = 100;

/** Without it `script-brings-a-sitecustomize` (test/red-team/attacks/script-environments.ts) is paid. */
function foldersIn(script: ShellScript): readonly string[] {
  return valuesIn(script, ...PATHS)
    .flatMap((value) => value.split(':'))
    .map((folder) => folder.trim().replace(/(?<=.)\/+$/, ''))
    .filter((folder) => folder !== '');
}

/** By the environment, or as an option of pytest. */
const PATHS = ['PYTHONPATH', 'pythonpath'];

function isBelow(folder: string): boolean {
  return !/^[/~]|\$|`|(?:^|\/)\.\.(?:\/|$)/.test(folder);
}

/**
 * The folders that a script names beside what it has loaded and what it asks for, as one that makes a folder would have to.
 * Without it `script-makes-a-folder-to-import-from` (test/red-team/attacks/script-environments.ts) is paid.
 */
function foldersNamedIn({ commands }: ShellScript): ReadonlySet<string> {
  const words = commands.flatMap((command) => (isQuestion(command) ? [] : command.words));
  const paths = words.filter((word) => !PATHS.some((name) => word.startsWith(`${name}=`)));
  return new Set(paths.flatMap((word) => word.split(/[^\w./-]+/)).flatMap((path) => foldersOf(inTree(path))));
}

function isQuestion({ words: [name = ''] }: ShellCommand): boolean {
  return name === '[' || name === 'test';
}

function inTree(path: string): string {
  return path.replace(/^(?:\.\/)+/, '');
}

// Paths are not deeper than this, and a word of slashes alone must not become a list of all its beginnings.
const DEEPEST = 30;

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(0, DEEPEST).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function isNamed(named: ReadonlySet<string>, folder: string): boolean {
  const plain = inTree(folder);
  return plain !== '.' && (named.has(plain) || plain.split('/').length > DEEPEST);
}

/** Without it `script-plugs-in-what-it-writes` (test/red-team/attacks/script-environments.ts) is paid. */
function pluginsIn(script: ShellScript): readonly string[] {
  const listed = valuesIn(script, 'PYTEST_PLUGINS').flatMap((value) => value.split(','));
  const options = optionsOf(script, { isRunner: (word) => PYTEST.test(word), variable: 'PYTEST_ADDOPTS' });
  return [...listed, ...options.flatMap((words) => valuesOf(words, PLUGIN))]
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('no:'));
}

const PYTEST = /(?:^|\/)py\.?test$/;
const PLUGIN = /^-p=?(.*)$/s;

/**
 * Without it `script-requires-what-it-writes` and `script-brings-node-options`
 * (test/red-team/attacks/script-environments.ts) are paid.
 */
function requiredIn(script: ShellScript): readonly string[] {
  const options = optionsOf(script, { isRunner: (word) => NODE.test(word), variable: 'NODE_OPTIONS' });
  return options.flatMap((words) => valuesOf(words, REQUIRED));
}

const NODE = /(?:^|\/)(?:node(?:js)?|_?mocha|tape|ava|tsx|ts-node|ts-mocha)$/;
const REQUIRED = /^(?:-r|--(?:require|import|loader|experimental-loader))(?:=(.*))?$/s;

/**
 * Files that runners are configured by, wherever a script names them but to ask for them. Without it
 * `script-writes-a-conftest` and `script-names-a-configuration` (test/red-team/attacks/script-environments.ts) are paid.
 */
function configurationsIn(script: ShellScript): readonly string[] {
  const words = script.commands.flatMap((command) => (isQuestion(command) ? [] : command.words));
  const named = words.flatMap((word) => word.split(/[^\w$(){}~./-]+/)).filter((path) => CONFIGURATION.test(path));
  const toPytest = optionsOf(script, { isRunner: (word) => PYTEST.test(word), variable: 'PYTEST_ADDOPTS' });
  const toOthers = optionsOf(script, { isRunner: (word) => CONFIGURED.test(word) });
  return [
    ...named,
    ...toPytest.flatMap((options) => valuesOf(options, PYTEST_CONFIGURED_BY)),
    ...toOthers.flatMap((options) => valuesOf(options, CONFIGURED_BY)),
  ];
}

const CONFIGURATION =
  /(?:^|\/)(?:conftest\.py|pytest\.(?:ini|toml)|\.mocharc(?:\.\w+)?|(?:jest|vitest)\.(?:config|setup|workspace)\.\w+)$/;
const CONFIGURED = /(?:^|\/)(?:_?mocha|jest|vitest|ava)$/;
const CONFIGURED_BY = /^--config(?:=(.*))?$/s;
const PYTEST_CONFIGURED_BY = /^(?:-c|--config-file=?)(.*)$/s;

/**
 * The words that a program gets, each list of them apart: behind its name, in a list that a script keeps for later, and in
 * a variable.
 */
function optionsOf(
  script: ShellScript,
  { isRunner, variable }: { readonly isRunner: (word: string) => boolean; readonly variable?: string },
): readonly (readonly string[])[] {
  const given = script.commands.map(({ words }) => {
    const name = words[0]?.startsWith('-') === true ? -1 : words.findIndex(isRunner);
    return name === -1 && words[0]?.startsWith('-') !== true ? [] : words.slice(name + 1);
  });
  const kept = variable === undefined ? [] : valuesIn(script, variable).map(wordsOf);
  return [...given, ...kept];
}

function wordsOf(value: string): readonly string[] {
  return value === UNREADABLE ? [value] : value.split(/[\s'"]+/);
}

/** What stands behind an option or in it; what was not read may be one. */
function valuesOf(words: readonly string[], option: RegExp): readonly string[] {
  return words.flatMap((word, index) => {
    if (word === UNREADABLE) return word;
    const match = option.exec(word);
    if (match === null) return [];
    const value = match[1] ?? '';
    return value === '' ? (words[index + 1] ?? []) : value;
  });
}
