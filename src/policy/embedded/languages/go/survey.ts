import { steersTestRunner } from '../../../../domain/steering/runner-steering.ts';
import type { LibraryFile, Survey, TestFile } from '../language.ts';
import { programText } from '../../steps/program-text.ts';

export const surveyCommand = `{ ${programText('languages/go/programs/survey.sh').trim()}\n}`;

/** Larger files are lists of data more often than code. */
const MOST_BYTES = 90_000;
/** A package runs as a whole, and all of its test files are read; of one with more the tests are left alone. */
const MOST_TEST_FILES = 24;

interface GoPackage {
  readonly path: string;
  readonly directory: string;
  readonly files: readonly string[];
  readonly testFiles: readonly string[];
  /** What it and its tests import, itself included: what the tests may be about. */
  readonly imports: readonly string[];
}

interface FileSize {
  readonly bytes: number;
  readonly lines: number;
  readonly tests: number;
}

/** Reads what the survey printed; undefined where go found no package. */
export function readSurvey(output: string): Survey | undefined {
  const rows = output.split('\n').map((line) => line.split('\t'));
  const root = rows.find(([kind]) => kind === 'root')?.[1];
  if (root === undefined) return undefined;
  const sizes = new Map(rows.flatMap(readSize));
  const packages = rows.flatMap((row) => readPackage(row, root));
  if (packages.length === 0) return undefined;
  return {
    testFiles: packages.flatMap((each) => testFilesOf(each, sizes)),
    libraryFiles: packages.flatMap((each) => libraryFilesOf(each, sizes)).slice(0, 200),
    runners: ['go test'],
  };
}

function readSize([kind, path = '', ...counts]: readonly string[]): readonly (readonly [string, FileSize])[] {
  if (kind !== 'file') return [];
  const [bytes = NaN, lines = NaN, tests = NaN] = counts.map(Number);
  return bytes <= MOST_BYTES ? [[path, { bytes, lines, tests }]] : [];
}

function readPackage(row: readonly string[], root: string): readonly GoPackage[] {
  const [kind, files = '', internal = '', external = '', imports = '', testImports = '', path = '', place = ''] = row;
  if (kind !== 'package' || !(place === root || place.startsWith(`${root}/`))) return [];
  const directory = place.slice(root.length + 1);
  const inDirectory = (names: string) =>
    wordsOf(names).map((name) => (directory === '' ? name : `${directory}/${name}`));
  return [
    {
      path,
      directory,
      files: inDirectory(files),
      testFiles: inDirectory(`${internal} ${external}`),
      imports: [...new Set([path, ...wordsOf(testImports), ...wordsOf(imports)])],
    },
  ];
}

function testFilesOf({ testFiles, imports }: GoPackage, sizes: ReadonlyMap<string, FileSize>): readonly TestFile[] {
  // A file that is left alone may hold tests that fail, and then nothing could hide them.
  const isWhole = testFiles.length <= MOST_TEST_FILES && testFiles.every((path) => sizes.has(path));
  return testFiles.map((path) => ({
    path,
    bytes: sizes.get(path)?.bytes ?? 0,
    tests: isWhole ? (sizes.get(path)?.tests ?? 0) : 0,
    framework: 'go test',
    imports,
    helpers: [],
    companions: testFiles.filter((other) => other !== path),
  }));
}

function libraryFilesOf(
  { path: module, files }: GoPackage,
  sizes: ReadonlyMap<string, FileSize>,
): readonly LibraryFile[] {
  return files.flatMap((path) => {
    const size = sizes.get(path);
    return size !== undefined && isLibraryPath(path) ? [{ path, bytes: size.bytes, lines: size.lines, module }] : [];
  });
}

/** Code that the tests are about: not what builds, documents or steers. */
function isLibraryPath(path: string): boolean {
  const isAside = /^(?:_?examples?|docs?|scripts?|tools?|hack|build|cmd)\//.test(path);
  return !isAside && !/(?:^|\/)doc\.go$/.test(path) && !steersTestRunner(path);
}

function wordsOf(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
