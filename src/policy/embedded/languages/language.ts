import type { Features } from '../choice/default-weights.ts';
import type { CodeEdit } from './code-edit.ts';

/**
 * All that the two programs need to know of a programming language; one file per language implements it.
 *
 * Commands run with the tree's root as working directory. Readings are undefined where a command printed nonsense.
 */
export interface Language {
  readonly name: string;
  /** Share of the tree's files that are written in it, from their paths. */
  shareOf(paths: readonly string[]): number;

  /** Looks at test files, library files and runners; prints what `readSurvey` reads. */
  readonly surveyCommand: string;
  readSurvey(output: string): Survey | undefined;
  relationOf(test: TestFile, library: LibraryFile): Relation;

  /** The runners that can run these test files, by what the survey found. */
  runnersFor(survey: Survey, testFiles: readonly TestFile[]): readonly TestRunner[];
  testScript(suite: TestSuite): string;
  testParser(runner: TestRunner): string;

  functionsOf(text: string): readonly CodeRegion[];
  /** Edits of one function that take something out of it, or that change something in it. */
  editsOf(strategy: 'removal' | 'direct', text: string, region: CodeRegion): readonly CodeEdit[];

  /** The test files without the definitions of these tests; undefined where a definition is not found. */
  removeTests(texts: TextByPath, testIds: readonly string[]): TextByPath | undefined;

  /** Names of the tests that lines of code define. */
  testsDefinedIn(lines: readonly string[]): readonly string[];
  frameworkFor(survey: Survey, testFiles: readonly string[]): string;
  /** Runs test files and prints what `readDiagnosis` reads; under observation, with what each test called. */
  diagnoseCommand(run: ObservedRun): string;
  readDiagnosis(output: string): Diagnosis | undefined;
  /** Candidate repairs of one function, without duplicates. */
  repairsOf(text: string, region: CodeRegion, clues: Clues): readonly Repair[];
}

export type TextByPath = Readonly<Record<string, string>>;

export interface Survey {
  readonly testFiles: readonly TestFile[];
  readonly libraryFiles: readonly LibraryFile[];
  readonly runners: readonly string[];
}

export interface TestFile {
  readonly path: string;
  readonly bytes: number;
  readonly tests: number;
  /** Tests that only the framework of that name can run; the others suit any. */
  readonly framework: string;
  /** Modules that it imports, in the language's own spelling. */
  readonly imports: readonly string[];
  /** Other test files that it takes definitions from. */
  readonly helpers: readonly string[];
  /** Test files that run whenever this one does, where a runner takes several at once. */
  readonly companions?: readonly string[];
}

export interface LibraryFile {
  readonly path: string;
  readonly bytes: number;
  readonly lines: number;
  /** The name that others import it by. */
  readonly module: string;
}

/** What speaks for a test file being about a library file. */
export interface Relation {
  readonly imported: boolean;
  readonly packageImported: boolean;
  readonly named: boolean;
}

export interface TestRunner {
  readonly name: string;
}

/** What a test script runs. */
export interface TestSuite {
  readonly runner: TestRunner;
  readonly testFiles: readonly string[];
  /** Tests that fail on the original tree and are left out. */
  readonly excluded: readonly string[];
}

/** A function or method in a text. */
export interface CodeRegion {
  readonly name: string;
  readonly qualifiedName: string;
  readonly start: number;
  readonly end: number;
  /** One-based, inclusive. */
  readonly firstLine: number;
  readonly lastLine: number;
}

export interface ObservedRun {
  readonly testFiles: readonly string[];
  readonly framework: string;
  /** Names of the tests that are followed line by line. */
  readonly specifiedTests: readonly string[];
  readonly observed: boolean;
  /** After this the run is given up. */
  readonly limitSeconds: number;
}

/** What a run of the tests tells about a bug. */
export interface Diagnosis {
  readonly seconds: number;
  readonly outcomes: Readonly<Record<string, 'passed' | 'failed'>>;
  readonly failures: readonly Failure[];
  /** Functions of the library that failing tests called. */
  readonly called: readonly CalledFunction[];
  /** Lines of library files that failing tests executed. */
  readonly executedLines: readonly ExecutedLine[];
}

export interface Failure {
  readonly testId: string;
  readonly error: string;
  readonly message: string;
  /** Frames of the library's files, outermost first. */
  readonly frames: readonly Frame[];
}

export interface Frame {
  readonly path: string;
  readonly line: number;
  readonly name: string;
}

/** A line with how many of the tests that were followed came by, by outcome. */
export interface ExecutedLine {
  readonly path: string;
  readonly line: number;
  readonly byFailing: number;
  readonly byPassing: number;
}

/** A function by the line it begins on, and by how many tests of each outcome it was called. */
export interface CalledFunction extends Frame {
  readonly byFailing: number;
  readonly byPassing: number;
}

/** What is known about the bug beside the file's own text. */
export interface Clues {
  readonly path: string;
  readonly failures: readonly Failure[];
  /** How suspicious each line of the file is that failing tests executed, from 0 to 1. */
  readonly suspiciousness: ReadonlyMap<number, number>;
  /** The lines that the specification adds. */
  readonly specification: string;
}

export interface Repair extends CodeEdit {
  /** Changed in place, taken out, re-inserted from elsewhere in the file, or thought of without a model in the file. */
  readonly origin: 'inverse' | 'removal' | 'donor' | 'failure';
  readonly features: Features<'tried-repair'>;
}
