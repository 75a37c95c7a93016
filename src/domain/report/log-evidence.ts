import { idNamed, idsByName, markOf } from './log-marks.ts';
import { namesAbsentFrom, withoutColour } from './log-names.ts';
import { steadyText } from './steady-text.ts';
import { testNameOf } from './test-definition.ts';
import type { TestReport } from './test-report.ts';
import { statusesOf } from './test-status.ts';
import type { LogEvidence } from './test-run.ts';

/** Compares a report with its log, in the words of the runners that are common in Python, JavaScript and Go. */
export function logEvidence(log: string, report: TestReport): LogEvidence {
  const text = steadyText(log);
  return { unnamed: unnamedIn(text, report.passed), contradicted: contradicted(withoutColour(text), report) };
}

/** Those of the ids whose names a log does not hold; both are compared without what differs from run to run. */
export function unnamedIn(steadyLog: string, ids: readonly string[]): readonly string[] {
  const nameOf = (id: string) => steadyText(testNameOf(id));
  const absent = new Set(namesAbsentFrom(steadyLog, ids.map(nameOf)));
  return ids.filter((id) => absent.has(nameOf(id)));
}

interface Marks {
  readonly passed: boolean;
  readonly failed: boolean;
}

/**
 * Only a name that belongs to one test, and of which all marks agree, speaks against the parser: titles repeat, a test is
 * run again, a clean-up fails after its test has passed.
 */
function contradicted(log: string, report: TestReport): readonly string[] {
  const statuses = statusesOf(report);
  const marks = marksIn(log, idsByName(statuses.keys()));
  return [...statuses]
    .filter(([id, status]) => {
      const found = marks.get(id);
      return found !== undefined && found.passed !== found.failed && found.failed === (status === 'passed');
    })
    .map(([id]) => id)
    .sort();
}

function marksIn(log: string, ids: ReadonlyMap<string, string>): ReadonlyMap<string, Marks> {
  const marks = new Map<string, Marks>();
  for (const line of log.split('\n')) {
    const found = markOf(line);
    if (found === undefined) continue;
    const id = idNamed(found.name, ids);
    if (id === undefined) continue;
    const known = marks.get(id) ?? { passed: false, failed: false };
    marks.set(id, found.failed ? { ...known, failed: true } : { ...known, passed: true });
  }
  return marks;
}
