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
  const absent = new Set(namesAbsentFrom(text, report.passed.map(testNameOf)));
  const unnamed = report.passed.filter((id) => absent.has(testNameOf(id)));
  return { unnamed, contradicted: contradicted(withoutColour(text), report) };
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
