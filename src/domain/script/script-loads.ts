import { createValueReader, toPlain, UNREADABLE } from './shell-values.ts';

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
 * What a script has loaded, as far as it is plain to see (docs/specification.md#test-script): folders of PYTHONPATH and
 * NODE_PATH, plug-ins of pytest (`-p`, PYTEST_ADDOPTS, PYTEST_PLUGINS), modules that Node and its runners are told to
 * require, and configurations of runners. A plug-in that is switched off (`-p no:x`) is none.
 *
 * All of them, folders first: a list that ended somewhere would hide what stands behind its end.
 */
export function scriptLoads(script: string): readonly ScriptLoad[] {
  const plain = toPlain(script);
  const segments = plain.split(/[\n;|&]+/);
  const loads = [
    ...foldersIn(script),
    ...pluginsIn(script, segments),
    ...segments.flatMap(requiredIn),
    ...segments.flatMap(configurationsIn),
  ];
  return [...new Map(loads.map((load) => [`${load.kind} ${load.name}`, load])).values()];
}

/** Those that are not part of the image as it was; what was not looked for is not there. */
export function foreignLoads(script: string, seen: readonly SeenLoad[] = []): readonly string[] {
  const held = new Set(seen.filter((load) => load.held).map(({ kind, name }) => `${kind} ${name}`));
  const elsewhere = wordsOf(script.replace(FOLDERS_SET, '').replace(FOLDERS_ASKED, ''));
  return (
    scriptLoads(script)
      .filter(({ kind, name }) => !held.has(`${kind} ${name}`))
      // A folder that is not there and that nothing makes: `PYTHONPATH=src:.` is a habit.
      .filter(({ kind, name }) => kind !== 'folder' || !isBelow(name) || isNamed(elsewhere, name))
      .map(({ name }) => name)
  );
}

/** Scripts name a few; more than these are not looked for in the image, so they are not held by it. */
export const MAX_LOOKED_FOR = 100;

function foldersIn(script: string): readonly ScriptLoad[] {
  const listed = createValueReader(script)(/^(?:PYTHONPATH|pythonpath|NODE_PATH)$/).flatMap((value) =>
    value.split(':'),
  );
  const inserted = [...script.matchAll(/\bsys\.path\.(?:insert|append)\([^)'"\n]*['"]([^'"\n]+)['"]/g)].map(
    ([, folder = '']) => folder,
  );
  return [...listed, ...inserted]
    .map((folder) => folder.trim().replace(/(?<=.)\/+$/, ''))
    .filter((folder) => folder !== '')
    .map((name) => ({ kind: 'folder', name }));
}

const FOLDERS_SET =
  /(?:PYTHONPATH|pythonpath|NODE_PATH)\+?=(?:"[^"]*"|'[^']*'|[^\s;&|]*)|\bsys\.path\.(?:insert|append)\([^)\n]*\)/g;

/** Whether a folder is there may be asked of a plain name: that makes none. */
const FOLDERS_ASKED =
  /\b(?:isdir|exists)\(\s*(?:'[\w./-]*'|"[\w./-]*")\s*\)|(?<=(?:\[|\btest)\s+)-[de]\s+(?:'[\w./-]*'|"[\w./-]*"|[\w./-]+)/g;

function isBelow(folder: string): boolean {
  return !/^[/~]|\$|`|(?:^|\/)\.\.(?:\/|$)/.test(folder);
}

/** The words of a script and all that they lie in, as a script that makes a folder would have to write it. */
function wordsOf(script: string): ReadonlySet<string> {
  const words = script.split(/[^\w./-]+/).map((word) => word.replace(/^(?:\.\/)+/, ''));
  return new Set(words.flatMap(foldersOf));
}

// Paths are not deeper than this, and a word of slashes alone must not become a list of all its beginnings.
const DEEPEST = 30;

function foldersOf(word: string): readonly string[] {
  const parts = word.split('/');
  return parts.slice(0, DEEPEST).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function isNamed(words: ReadonlySet<string>, folder: string): boolean {
  const plain = folder.replace(/^(?:\.\/)+/, '');
  return plain !== '.' && (words.has(plain) || plain.split('/').length > DEEPEST);
}

function pluginsIn(script: string, segments: readonly string[]): readonly ScriptLoad[] {
  const valuesOf = createValueReader(script);
  const listed = valuesOf(/^PYTEST_PLUGINS$/).flatMap((value) => value.split(','));
  const options = /\bpy\.?test\b|\bPYTEST_/.test(script)
    ? [...segments.filter((segment) => !OTHER_COMMAND.test(segment)), ...valuesOf(/^PYTEST_ADDOPTS$/)]
    : [];
  const given = options.flatMap((text) => [...text.matchAll(PLUGIN)].map(([, name = '']) => name));
  return [...listed, ...given, ...options.filter((text) => text === UNREADABLE)]
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('no:'))
    .map((name) => ({ kind: 'python-module', name }));
}

// With a blank, as in a list of Python, or with nothing between.
const PLUGIN = /(?:^|[\s"'(,=])-p[\s"',=]*([^\s"',)]{1,200})/g;

// What means something else by -p.
const OTHER_COMMAND =
  /^\s*(?:(?:if|then|else|do|!|sudo|exec|time|command|\(|\{)\s*)*(?:mkdir|cp|mv|read|go|rmdir|ps|tar|touch|rsync|patch|find|install|node|perl|sed|jq|make|cargo|unzip|trap|declare|export -p|set)\b/;

const NODE_RUNNER =
  /(?:^|[\s/"'(])(?:node(?:js)?|_?mocha|jest|vitest|ava|tap|tape|tsx|ts-node|ts-mocha|nyc|c8|bun|jasmine)(?=\s)(.*)$/s;

const REQUIRED =
  /\s(?:-r|--(?:require|import|loader|experimental-loader|file|setupFiles\w*|setup-files?|testRunner|testEnvironment|resolver))(?:\s+|=)["']?([^\s"']+)/g;

function requiredIn(segment: string): readonly ScriptLoad[] {
  const options = NODE_RUNNER.exec(segment)?.[1] ?? '';
  return [...options.matchAll(REQUIRED)].map(([, name = '']) => ({ kind: 'node-module', name }));
}

const CONFIGURATION =
  /(?<![\w$}./-])[\w$}{./~-]*(?:(?<![\w-])(?:conftest\.py|pytest\.(?:ini|toml)|\.mocharc(?:\.\w+)?)|(?<![\w-])(?:jest|vitest)\.(?:config|setup|workspace)\.\w+)(?![\w./-])/g;

const CONFIGURED_BY = /\s--config(?:-file)?(?:\s+|=)["']?([^\s"']+)/g;
const PYTEST_CONFIGURED_BY = /\s-c\s*["']?([^\s"']+)/g;

/** Files that runners are configured by, wherever a script names them but to ask for them. */
function configurationsIn(segment: string): readonly ScriptLoad[] {
  if (/^\s*(?:if\s+|!\s+)*(?:\[|test\s)/.test(segment)) return [];
  const named = [...segment.matchAll(CONFIGURATION)].map(([name]) => name);
  const toPytest = segment.slice(/\bpy\.?test\b/.exec(segment)?.index ?? segment.length);
  const given = [
    ...(RUNNER.test(segment) ? segment.matchAll(CONFIGURED_BY) : []),
    ...toPytest.matchAll(PYTEST_CONFIGURED_BY),
  ].map(([, name = '']) => name);
  return [...named, ...given].map((name) => ({ kind: 'file', name }));
}

const RUNNER = /\b(?:py\.?test|_?mocha|jest|vitest|ava|PYTEST_ADDOPTS)\b/;
