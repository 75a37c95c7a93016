import { importedModules, importName } from '../steering/import-names.ts';
import { RUNNER_MODULES, SEARCHED_FIRST } from '../steering/python-steering.ts';
import { PYTHON_STANDARD_LIBRARY } from '../steering/python-standard-library.ts';
import { namedBySetUp, type RunnerConfiguration } from '../steering/runner-set-up.ts';
import { runnerSteering } from '../steering/runner-steering.ts';
import { bugFilesNamedIn, pathsIn } from '../script/script-hints.ts';
import type { ShellScript } from '../script/shell-script.ts';
import { isTestPath } from '../steering/test-paths.ts';

/**
 * Why grading does not take a prediction's word for a file: it is a test, steers the runner, is named by the test
 * script or by the runner's configuration, would be imported in place of something that tests rely on, or is one of these in other letters.
 */
export type Protection = 'oracle' | 'test' | 'steering' | 'named-by-script' | 'named-by-runner' | 'shadow' | 'twin';

/** What a prediction meets: the tree before it, and the artifact that grades it. */
export interface ProtectionSetting {
  /** Every file before the prediction. */
  readonly treeFiles: readonly string[];
  readonly testFiles: readonly string[];
  /** Texts of the oracle tests; what they import must come from where it came before. */
  readonly oracleTexts: readonly string[];
  readonly script: ShellScript;
  /** What configures the runner, as it was before. */
  readonly configurations: readonly RunnerConfiguration[];
  /** What the bug changed: a repair has to reach it, whoever names it. */
  readonly bugFiles: readonly string[];
  /** The paths that the prediction touches. */
  readonly touched: readonly string[];
}

/**
 * Says of the touched paths which are put back whole (docs/specification.md#runner-steering). Paths, not texts, decide,
 * but for what tests import and what the script names.
 */
export function protectedPaths(setting: ProtectionSetting): ReadonlyMap<string, Protection> {
  const { testFiles, script, treeFiles, touched, bugFiles } = setting;
  const oracle = new Set(testFiles);
  const present = new Set(treeFiles);
  const repairable = new Set(bugFiles);
  const byPath = (path: string): Protection | undefined => {
    if (oracle.has(path)) return 'oracle';
    if (isTestPath(path)) return 'test';
    return runnerSteering(path) === 'whole' ? 'steering' : undefined;
  };
  const named = new Set(bugFilesNamedIn(script, touched, treeFiles));
  const namedByRunner = namedBySetUp(setting.configurations);
  const shadow = shadowing(setting, byPath);
  const twins = new Set(treeFiles.filter((path) => byPath(path) !== undefined).map(folded));
  const protectionOf = (path: string): Protection | undefined => {
    const protection = byPath(path);
    if (protection !== undefined || repairable.has(path)) return protection;
    if (named.has(path)) return 'named-by-script';
    if (namedByRunner(path)) return 'named-by-runner';
    if (present.has(path)) return undefined;
    if (twins.has(folded(path))) return 'twin';
    return shadow(path) ? 'shadow' : undefined;
  };
  return new Map(
    touched.flatMap((path) => {
      const protection = protectionOf(path);
      return protection === undefined ? [] : [[path, protection] as const];
    }),
  );
}

// File systems that fold case fold these too; the tree of a container may lie on one.
function folded(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/**
 * Whether a new file would be imported in place of what tests rely on: of a protected file or its directory (a package
 * goes before a module of the same name), of the runner's and Python's own modules, or of whatever the oracle tests
 * import from outside of the tree.
 */
function shadowing(
  { treeFiles, oracleTexts, script, bugFiles }: ProtectionSetting,
  byPath: (path: string) => Protection | undefined,
): (path: string) => boolean {
  const guarded = new Set<string>();
  for (const file of treeFiles) {
    if (byPath(file) === undefined) continue;
    guarded.add(importName(file) ?? file);
    for (const directory of directoriesAbove(file)) guarded.add(directory);
  }
  const searched = searchedDirectories(treeFiles, script, byPath);
  const own = new Set([...treeFiles, ...bugFiles].flatMap((file) => topLevelNames(file, searched)));
  const imported = new Set(oracleTexts.flatMap(importedModules).filter((name) => !own.has(name)));
  return (path) => {
    const name = importName(path);
    if (guarded.has(name ?? path)) return true;
    if (name === undefined) return false;
    if (!/\.(?:py|pyc|so|pyd)$/.test(path) || !searched.has(directoryOf(name))) return false;
    const module = name.slice(name.lastIndexOf('/') + 1);
    return PYTHON_STANDARD_LIBRARY.has(module) || RUNNER_MODULES.has(module) || imported.has(module);
  };
}

/**
 * The directories that Python may search before its own library: the root, source and test folders, those that the
 * script names, and above each test the first one that is no package, which pytest puts first.
 */
function searchedDirectories(
  treeFiles: readonly string[],
  script: ShellScript,
  byPath: (path: string) => Protection | undefined,
): ReadonlySet<string> {
  const packages = new Set(treeFiles.filter((file) => file.endsWith('__init__.py')).map(directoryOf));
  const words = script.commands
    .flatMap((command) => command.words.flatMap(pathsIn))
    .map((path) => path.replace(/\/+$/, ''));
  const searched = new Set(['', ...SEARCHED_FIRST, ...words, ...words.map(directoryOf)]);
  for (const file of treeFiles) {
    if (!file.endsWith('.py') || byPath(file) === undefined) continue;
    let directory = directoryOf(file);
    while (directory !== '' && packages.has(directory)) directory = directoryOf(directory);
    searched.add(directory);
  }
  return searched;
}

/** The names under which a file's package or module can be imported from a searched directory. */
function topLevelNames(file: string, searched: ReadonlySet<string>): readonly string[] {
  const name = importName(file);
  if (name === undefined) return [];
  const places = [name, ...directoriesAbove(file)];
  return places
    .filter((place) => searched.has(directoryOf(place)))
    .map((place) => place.slice(place.lastIndexOf('/') + 1));
}

function directoriesAbove(path: string): readonly string[] {
  const directories: string[] = [];
  for (let directory = directoryOf(path); directory !== ''; directory = directoryOf(directory)) {
    directories.push(directory);
  }
  return directories;
}

function directoryOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
