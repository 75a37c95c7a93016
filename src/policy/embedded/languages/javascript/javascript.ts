import { memoise } from '../memoise.ts';
import type { CodeEdit } from '../code-edit.ts';
import type { CodeRegion, Language } from '../language.ts';
import { diagnoseCommand, frameworkFor, readDiagnosis, testsDefinedIn } from './diagnose.ts';
import { directEdits } from './direct.ts';
import { relationOf } from './relation.ts';
import { removalEdits } from './removal.ts';
import { repairsOf } from './repair/repairs.ts';
import { readSurvey, surveyCommand } from './survey.ts';
import { functionsIn, parseJavaScript, soundnessOf, type JavaScriptFunction } from './syntax.ts';
import { runnersFor, testParser, testScript } from './test-suite.ts';
import { removeTests } from './weaken.ts';

/** JavaScript and TypeScript with node:test, tape, mocha, vitest or jest. */
export const javascript: Language = {
  name: 'javascript',
  shareOf: (paths) => paths.filter((path) => /\.[cm]?[jt]sx?$/.test(path)).length / Math.max(1, paths.length),
  surveyCommand,
  readSurvey,
  relationOf,
  runnersFor,
  testScript,
  testParser,
  functionsOf: (text) => functionsIn(text).map(toRegion),
  editsOf: (strategy, text, { start }) => soundEdits({ strategy, text, start }),
  removeTests,
  testsDefinedIn,
  frameworkFor,
  diagnoseCommand,
  readDiagnosis,
  repairsOf,
};

interface Question {
  readonly strategy: 'removal' | 'direct';
  readonly text: string;
  readonly start: number;
}

/** The edits of one function after which the file still parses. */
const soundEdits = memoise(
  ({ strategy, text, start }: Question): readonly CodeEdit[] => {
    const { module } = parseJavaScript(text);
    const definition = module?.functions.find((each) => each.start === start);
    if (module === undefined || definition === undefined) return [];
    const tree = definition.tree();
    const edits = strategy === 'removal' ? removalEdits(text, tree) : directEdits(text, tree);
    const staysSound = soundnessOf(text, module.grammar, definition);
    return edits.filter(({ edit }) => staysSound(edit));
  },
  { keyOf: ({ strategy, text, start }) => JSON.stringify([strategy, start, text]) },
);

function toRegion({ name, qualifiedName, start, end, line, lastLine }: JavaScriptFunction): CodeRegion {
  return { name, qualifiedName, start, end, firstLine: line, lastLine };
}
