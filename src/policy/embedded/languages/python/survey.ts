import { z } from 'zod';
import { steersTestRunner } from '../../../../domain/steering/runner-steering.ts';
import { hereDocument, lastJsonLine } from '../../steps/steps.ts';
import type { LibraryFile, Survey, TestFile } from '../language.ts';
import { programText } from '../../steps/program-text.ts';

export const surveyCommand = `python3 - ${hereDocument(programText('languages/python/programs/survey.py'))}`;

const surveySchema = z.object({
  tests: z.array(z.tuple([z.string(), z.number(), z.number(), z.number(), z.array(z.string())])),
  library: z.array(z.tuple([z.string(), z.number(), z.number(), z.string()])),
  runners: z.array(z.string()),
});

export function readSurvey(output: string): Survey | undefined {
  const reading = surveySchema.safeParse(lastJsonLine(output));
  if (!reading.success) return undefined;
  const { tests, library, runners } = reading.data;
  const moduleOf = new Map(tests.map(([path]) => [path, moduleName(path)]));
  return {
    testFiles: tests.map(([path, bytes, plain, cases, imports]): TestFile => ({
      path,
      bytes,
      tests: plain + cases,
      framework: plain > 0 ? 'pytest' : 'unittest',
      imports,
      helpers: tests
        .map(([other]) => other)
        .filter((other) => other !== path && imports.includes(moduleOf.get(other) ?? '')),
    })),
    libraryFiles: library
      .map(([path, bytes, lines, module]): LibraryFile => ({ path, bytes, lines, module }))
      .filter(({ path }) => isLibraryPath(path)),
    runners,
  };
}

/** Code that the tests are about: not what builds, documents or steers. */
function isLibraryPath(path: string): boolean {
  const [first = ''] = path.split('/');
  const isAside = /^(?:docs?|examples?|scripts?|tools?|benchmarks?|build)$/.test(first) && path.includes('/');
  const isSetUp = /(?:^|\/)(?:setup|versioneer|_version|__main__|conf|noxfile|tasks)\.py$/.test(path);
  return !isAside && !isSetUp && !steersTestRunner(path);
}

function moduleName(path: string): string {
  return path
    .replace(/\.py$/, '')
    .replace(/\/__init__$/, '')
    .replace(/^(?:src|lib)\//, '')
    .replaceAll('/', '.');
}
