import type { CodeRegion, Language } from '../language.ts';
import { diagnoseCommand, readDiagnosis } from './diagnose.ts';
import { directEdits } from './direct.ts';
import { relationOf } from './relation.ts';
import { removalEdits } from './removal.ts';
import { repairsOf } from './repair/repairs.ts';
import { readSurvey, surveyCommand } from './survey.ts';
import { parseGo, type GoFunction } from './syntax.ts';
import { testsDefinedIn } from './test-definitions.ts';
import { runnersFor, testParser, testScript } from './test-suite.ts';
import { removeTests } from './weaken.ts';

/** Go with `go test`. */
export const go: Language = {
  name: 'go',
  shareOf: (paths) => paths.filter((path) => path.endsWith('.go')).length / Math.max(1, paths.length),
  surveyCommand,
  readSurvey,
  relationOf,
  runnersFor,
  testScript,
  testParser,
  functionsOf: (text) => parseGo(text).map(toRegion),
  editsOf: (strategy, text, region) => {
    const definition = parseGo(text).find(({ start }) => start === region.start);
    if (definition === undefined) return [];
    return strategy === 'removal' ? removalEdits(text, definition) : directEdits(text, definition);
  },
  removeTests,
  testsDefinedIn,
  frameworkFor: () => 'go test',
  diagnoseCommand,
  readDiagnosis,
  repairsOf,
};

function toRegion({ name, qualifiedName, start, end, line, lastLine }: GoFunction): CodeRegion {
  return { name, qualifiedName, start, end, firstLine: line, lastLine };
}
