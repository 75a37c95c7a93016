import { CHECKS } from '../../domain/checks/checks.ts';
import type { Judgement } from '../../domain/checks/consistency.ts';
import { gatheredIn, gatheringOf, runsBehind } from '../../domain/checks/gathered.ts';
import type { CheckRecord } from '../../domain/record/check-record.ts';
import type { KeptFacts } from '../artifact/kept-facts.ts';

/**
 * A record for each check: found, or not run because an earlier one had decided. Its logs are those of the runs that it
 * is about, without those of the original or of the buggy state that it compares them with.
 */
export function checkRecords({ findings }: Judgement, { facts, durationsMs }: KeptFacts): readonly CheckRecord[] {
  const gathered = gatheredIn(facts);
  return CHECKS.map(({ name: check, needs, regards }): CheckRecord => {
    const finding = findings.find((candidate) => candidate.check === check)?.finding;
    if (finding === undefined) {
      return { check, verdict: 'not-run', detail: 'an earlier check decided', figures: {}, durationMs: 0, logs: [] };
    }
    const { passed, detail, figures } = finding;
    const about = needs.slice(-1);
    const durationMs = about.reduce((sum, fact) => sum + (durationsMs[gatheringOf(fact)] ?? 0), 0);
    const logs = [...about, ...regards].flatMap((fact) => runsBehind(fact, gathered).map(({ log }) => log));
    return { check, verdict: passed ? 'passed' : 'failed', detail, figures, durationMs, logs };
  });
}
