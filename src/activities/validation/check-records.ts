import { CHECKS, type CheckName, type CheckRecord } from '../../domain/record/check-record.ts';
import type { Judgement } from '../../domain/checks/consistency.ts';
import type { ValidationFacts } from '../../domain/checks/validation-facts.ts';
import type { TestRun } from '../../domain/report/test-run.ts';
import type { KeptFacts } from '../artifact/kept-facts.ts';

/** What the comparison with the library is called among the durations; all others are names of gatherings. */
export const LIBRARY = 'library';

/** Which gathering, or part of one, a check's facts came from: its duration is what that took. */
const GATHERING: Readonly<Record<CheckName, string>> = {
  artifact: 'artifact',
  'test-files': 'original',
  parser: 'parser',
  'test-script': 'original',
  'bug-scope': 'artifact',
  'bug-validity': 'buggy',
  'weakening-validity': 'weakened',
  'inverse-mutation': 'inverse',
  determinism: 'buggy',
  'neutral-edit': 'neutral',
  'no-hints': 'weakened',
  sabotage: 'sabotage',
  'leak-unfixable': 'leaks',
  'near-duplicate': LIBRARY,
};

/** A record for each check: found, or not run because an earlier one had decided. */
export function checkRecords({ findings }: Judgement, { facts, durationsMs }: KeptFacts): readonly CheckRecord[] {
  return CHECKS.map((check): CheckRecord => {
    const finding = findings.find((candidate) => candidate.check === check)?.finding;
    if (finding === undefined) {
      return { check, verdict: 'not-run', detail: 'an earlier check decided', figures: {}, durationMs: 0, logs: [] };
    }
    const { passed, detail, figures } = finding;
    const durationMs = durationsMs[GATHERING[check]] ?? 0;
    const logs = runsOf(check, facts).map(({ log }) => log);
    return { check, verdict: passed ? 'passed' : 'failed', detail, figures, durationMs, logs };
  });
}

/** The runs that a check looks at beside those of the original, or of the buggy state, that it compares them with. */
function runsOf(check: CheckName, { original, buggy, weakened, ...facts }: ValidationFacts): readonly TestRun[] {
  switch (check) {
    case 'test-files':
      return original?.runs ?? [];
    case 'parser':
    case 'test-script':
      return [...(original?.runs ?? []), ...(buggy?.runs ?? []), ...present(weakened?.run)];
    case 'bug-validity':
    case 'determinism':
      return buggy?.runs ?? [];
    case 'weakening-validity':
      return present(weakened?.run);
    case 'inverse-mutation':
      return (facts.inverse?.reversions ?? []).flatMap((reversion) => ('run' in reversion ? reversion.run : []));
    case 'neutral-edit':
      return present(facts.neutral?.run, facts.neutral?.original?.run);
    case 'sabotage':
      return present(
        facts.sabotage?.original,
        facts.sabotage?.buggy,
        facts.sabotage?.altered?.original,
        facts.sabotage?.altered?.buggy,
      );
    case 'leak-unfixable':
      return present(facts.leaks?.run);
    case 'artifact':
    case 'bug-scope':
    case 'no-hints':
    case 'near-duplicate':
      return [];
  }
}

function present(...runs: readonly (TestRun | null | undefined)[]): readonly TestRun[] {
  return runs.filter((run) => run != null);
}
