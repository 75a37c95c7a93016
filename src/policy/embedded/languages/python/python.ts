import type { CodeRegion, Language } from '../language.ts';
import { diagnoseCommand, frameworkFor, readDiagnosis, testsDefinedIn } from './diagnose.ts';
import { directEdits } from './direct.ts';
import { relationOf } from './relation.ts';
import { removalEdits } from './removal.ts';
import { repairsOf } from './repair/repairs.ts';
import { readSurvey, surveyCommand } from './survey.ts';
import { parsePython, type PythonFunction } from './syntax.ts';
import { runnersFor, testParser, testScript } from './test-suite.ts';
import { removeTests } from './weaken.ts';

/** Python with unittest or pytest. */
export const python: Language = {
  name: 'python',
  shareOf: (paths) => paths.filter((path) => path.endsWith('.py')).length / Math.max(1, paths.length),
  surveyCommand,
  readSurvey,
  relationOf,
  runnersFor,
  testScript,
  testParser,
  functionsOf: (text) => parsePython(text).functions.map(toRegion),
  editsOf: (strategy, text, region) => {
    const definition = parsePython(text).functions.find(({ start }) => start === region.start);
    if (definition === undefined) return [];
    return strategy === 'removal' ? removalEdits(text, definition) : directEdits(text, definition);
  },
  removeTests,
  testsDefinedIn,
  frameworkFor,
  diagnoseCommand,
  readDiagnosis,
  repairsOf,
};

function toRegion({ name, qualifiedName, start, end, line, lastLine }: PythonFunction): CodeRegion {
  return { name, qualifiedName, start, end, firstLine: line, lastLine };
}
