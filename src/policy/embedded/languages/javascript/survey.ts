import { z } from 'zod';
import { steersTestRunner } from '../../../../domain/steering/runner-steering.ts';
import { hereDocument, lastJsonLine } from '../../steps/steps.ts';
import type { LibraryFile, Survey, TestFile } from '../language.ts';
import { javascriptText } from './programs/adapters.ts';

export const surveyCommand = `node - ${hereDocument(javascriptText('survey'))}`;

const surveySchema = z.object({
  tests: z.array(z.tuple([z.string(), z.number(), z.number(), z.string(), z.array(z.string()), z.array(z.string())])),
  library: z.array(z.tuple([z.string(), z.number(), z.number()])),
  runners: z.array(z.string()),
});

export function readSurvey(output: string): Survey | undefined {
  const reading = surveySchema.safeParse(lastJsonLine(output));
  if (!reading.success) return undefined;
  const { tests, library, runners } = reading.data;
  const testPaths = new Set(tests.map(([path]) => path));
  return {
    testFiles: tests.map(([path, bytes, count, framework, direct, indirect]): TestFile => ({
      path,
      bytes,
      tests: runners.includes(framework) ? count : 0,
      framework,
      imports: [...direct, ...indirect.map(byWayOfOthers)],
      helpers: direct.filter((other) => other !== path && testPaths.has(other)),
    })),
    libraryFiles: library
      .map(([path, bytes, lines]): LibraryFile => ({ path, bytes, lines, module: path }))
      .filter(({ path }) => isLibraryPath(path)),
    runners,
  };
}

/** How a test file's imports name a file that it reaches only through other files. */
export function byWayOfOthers(path: string): string {
  return `via ${path}`;
}

/** Code that the tests are about: not what builds, documents, measures or steers. */
function isLibraryPath(path: string): boolean {
  const [first = ''] = path.split('/');
  const isAside = /^(?:docs?|examples?|scripts?|tools?|bench(?:mark)?s?|perf|build|website)$/.test(first);
  const isSetUp =
    /(?:^|\/)(?:[Gg]runtfile|[Gg]ulpfile|[\w.-]+\.(?:config|conf|setup)|webpack[\w.-]*)\.[cm]?[jt]s$/.test(path);
  const isMade = /(?:^|\/)(?:generated|__generated__|vendor|third_party)\//.test(path);
  return !(isAside && path.includes('/')) && !isMade && !isSetUp && !steersTestRunner(path);
}
