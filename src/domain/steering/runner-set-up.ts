import { importName } from './import-names.ts';

/** A file of the tree that configures a test runner, with its text. */
export interface RunnerConfiguration {
  readonly path: string;
  readonly text: string;
}

/** Whether a file may name further files that a test runner loads before the tests. */
export function mayNameSetUp(path: string): boolean {
  return !INSTALLED.test(path) && CONFIGURATION.test(path);
}

const INSTALLED = /(?:^|\/)(?:node_modules|vendor|site-packages|\.?venv|\.tox|\.nox)\//;

const CONFIGURATION =
  /(?:^|\/)(?:conftest\.py|\.?pytest\.(?:ini|toml)|tox\.ini|setup\.cfg|pyproject\.toml|package\.json|mocha\.opts|\.mocharc(?:\.\w+)?|\.taprc|bunfig\.toml|(?:jest|vitest|vite|ava|karma|playwright|tap|nyc|cypress)[.-](?:config|setup|conf|preset|workspace)\.\w+)$/;

/**
 * Says of a path whether the runner's configuration names it as something to load: set-up files, reporters,
 * environments and transforms of JavaScript runners, plug-ins of pytest (docs/specification.md#runner-steering: what
 * steers the runner, under whatever name).
 */
export function namedBySetUp(configurations: readonly RunnerConfiguration[]): (path: string) => boolean {
  const names = new Set(configurations.flatMap(namesIn));
  return (path) => names.has(path) || names.has(importName(path) ?? path);
}

function namesIn({ path, text: whole }: RunnerConfiguration): readonly string[] {
  const directory = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const text = path.endsWith('package.json') ? withoutEntryPoints(whole) : whole;
  // Python's settings have these words for other things: `file: README.md`.
  const files = (PYTHON.test(path) ? [] : [...text.slice(0, MAX_TEXT).matchAll(LOADED)]).flatMap(([value]) =>
    wordsOf(value),
  );
  const modules = [...text.slice(0, MAX_TEXT).matchAll(PLUG_INS)].flatMap(([value]) => wordsOf(value));
  return [
    ...files.flatMap((word) => resolved(directory, word)),
    ...modules.flatMap((word) => ['', 'src', 'lib'].flatMap((root) => resolved(root, word.replaceAll('.', '/')))),
  ];
}

const PYTHON = /(?:\.py|\.ini|\.cfg|pyproject\.toml|pytest\.toml)$/;

/** A package says under `exports`, by `import` and `require`, what is loaded of it by others. */
function withoutEntryPoints(text: string): string {
  if (text.length > MAX_TEXT) return text;
  try {
    return JSON.stringify(JSON.parse(text), (key, value: unknown) => (ENTRY_POINTS.has(key) ? undefined : value));
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

const ENTRY_POINTS = new Set(['exports', 'imports', 'publishConfig']);

// Configurations are short; this bounds what the patterns cost.
const MAX_TEXT = 65_536;

// A key and its value: up to the end of its list, of its table, or of the line.
const LOADED =
  /(?:\b(?:setupFiles\w*|setup|globalSetup|globalTeardown|require|import|loader|preload|file|reporters?|testRunner|runner|testEnvironment|environment|transform|resolver|snapshotSerializers|watchPlugins|plugins|helpers)\b['"]?\s{0,9}[:=]|\s(?:-r|--(?:require|import|loader|experimental-loader|file|setupFiles\w*|reporter))[ =])\s{0,99}(?:\[[^\]]{0,2000}\]|\{[^}]{0,2000}\}|(?:\s*-\s[^\n]{0,300}\n?)+|[^\n]{0,300})/g;

const PLUG_INS =
  /(?:\s|["'])-p["',\s=]{0,9}[\w.]{1,200}|\bpytest_plugins\b[^=\n]{0,50}=\s{0,9}(?:\[[^\]]{0,2000}\]|\([^)]{0,2000}\)|[^\n]{0,300})/g;

function wordsOf(value: string): readonly string[] {
  return value
    .split(/[^\w@./<>-]+/u)
    .map((word) => word.replace(/^-p/, ''))
    .filter((word) => word !== '');
}

function resolved(directory: string, word: string): readonly string[] {
  const segments = directory === '' || word.startsWith('<rootDir>') ? [] : directory.split('/');
  for (const segment of word.replace(/^<rootDir>\//, '').split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(segment);
  }
  const path = segments.join('/');
  return path === '' ? [] : [path, importName(path) ?? path];
}
