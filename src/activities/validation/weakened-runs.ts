import type { NamesInFile } from '../../domain/checks/definition-finder.ts';
import { idleTests } from '../../domain/checks/idle-tests.ts';
import { sabotageCandidates } from '../../domain/checks/sabotage.ts';
import type {
  FileHints,
  ValidationFacts,
  WeakenedFacts,
  WeakenedOriginal,
} from '../../domain/checks/validation-facts.ts';
import { changesOf, filesTouchedBy } from '../../domain/diff/unified-diff.ts';
import { namesOf, testNameOf } from '../../domain/report/test-definition.ts';
import { failsItsState, reportedIds, reportOf } from '../../domain/report/test-status.ts';
import { definedNames } from '../../syntax/defined-names.ts';
import type { Services } from '../services/services.ts';
import { runPreparedState, tryState } from '../test-run/run-state.ts';
import { bugOf, weakeningOf } from '../artifact/named-diffs.ts';
import { doneByScript } from './collect-runs.ts';
import { hintsOf } from './hint-facts.ts';
import { textsOf, type ValidationSetting } from './validation-setting.ts';

/**
 * Facts for weakening-validity and no-hints: the bug with weakened tests, and, where tests are missing then, the original
 * with the same weakening. The paper's profile counts no missing test as hidden, so there is nothing to find out for it.
 */
export async function collectWeakened(
  services: Services,
  facts: ValidationFacts,
  validation: ValidationSetting,
  { strict }: { readonly strict: boolean },
): Promise<WeakenedFacts> {
  const { artifact, setting, timeLimitMs } = validation;
  const changes = [...changesOf(artifact.bugInject), ...changesOf(artifact.testWeaken)];
  let after: Readonly<Record<string, string>> = {};
  const observed = await runPreparedState(services, {
    ...setting,
    state: 'weakened',
    diffs: [bugOf(artifact), weakeningOf(artifact)],
    timeLimitMs,
    repeat: 0,
    observed: strict,
    prepare: async (sandbox) => {
      after = await textsOf(sandbox, filesTouchedBy(changes));
      return 'run';
    },
  });
  if (observed === null) throw new RangeError('the weakened state is never skipped');
  const before = { ...facts.original?.testFileTexts, ...facts.original?.bugFileTexts };
  const files = changes.map((change): FileHints =>
    hintsOf(change, before[change.oldPath ?? change.path] ?? '', after[change.path] ?? ''),
  );
  const weakened = { run: observed.run, ...doneByScript([observed]), hints: { files } };
  const reported = new Set(reportedIds(reportOf(observed.run.reading)));
  const isComplete = cleanReport(facts).passed.every((id) => reported.has(id));
  return strict && !isComplete && !failsItsState(observed.run)
    ? { ...weakened, onOriginal: await weakenOriginal(services, facts, validation) }
    : weakened;
}

async function weakenOriginal(
  services: Services,
  facts: ValidationFacts,
  { artifact, setting, timeLimitMs }: ValidationSetting,
): Promise<WeakenedOriginal> {
  let files: readonly NamesInFile[] = [];
  const clean = cleanReport(facts);
  const run = await tryState(services, {
    ...setting,
    state: 'weakened original',
    diffs: [weakeningOf(artifact)],
    timeLimitMs,
    repeat: 0,
    prepare: async (sandbox) => {
      const paths = sabotageCandidates(artifact.testFiles, facts.original?.tree.files ?? []);
      const texts = await textsOf(sandbox, paths);
      const touched = new Set(filesTouchedBy(changesOf(artifact.testWeaken)));
      const ids = reportedIds(clean);
      const known = { functions: new Set(ids.map(testNameOf)), titles: namesOf(ids) };
      files = paths.map((path) => {
        const after = definedNames(path, texts[path] ?? '', known);
        // Files that are not listed are none that the weakening touches.
        const original = facts.original?.testFileTexts[path] ?? texts[path];
        const before = original === texts[path] ? after : definedNames(path, original ?? '', known);
        return { path, touched: touched.has(path), before, after };
      });
      return 'run';
    },
  });
  if (run.ending !== 'run') return { problem: run.ending === 'not-built' ? run.problem : 'there was nothing to run' };
  return { run: run.observed.run, idle: idleTests(files, clean, reportOf(run.observed.run.reading)) };
}

function cleanReport({ original }: ValidationFacts) {
  const [clean] = original?.runs ?? [];
  return clean === undefined ? { passed: [], failed: [] } : reportOf(clean.reading);
}
