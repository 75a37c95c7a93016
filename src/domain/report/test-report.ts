import { createScanner } from 'jsonc-parser';
import { steadyId, twinsAmong } from './steady-text.ts';

/**
 * What a run of the tests came to, by test id, both lists sorted (docs/specification.md#bug-artifact). Ids are steady:
 * without durations, addresses and temporary paths, which differ from run to run.
 */
export interface TestReport {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
}

export type ParserReading =
  | { readonly valid: true; readonly report: TestReport }
  /** `timedOut`: the parser did not end within its limit. */
  | { readonly valid: false; readonly problem: string; readonly timedOut?: true };

/** Bounds on what a parser may print: far above real suites, far below what hurts the ledger. */
export const REPORT_LIMITS = { ids: 50_000, idLength: 2_000 } as const;

/**
 * Reads what the artifact's parser printed: one JSON object from test id to "passed" or "failed" and nothing else. Any
 * other value and any key that comes twice rejects the output, for whoever reads it leniently can be lied to.
 *
 * `twins` are those of the clean state, which is read by its own. A test that a log names with two durations has failed if
 * one of them has.
 */
export function readParserOutput(stdout: string, twins?: ReadonlySet<string>): ParserReading {
  const results = parseJsonObject(stdout);
  if (typeof results === 'string') return { valid: false, problem: results };
  const problem = boundsProblem(results) ?? valueProblem(results) ?? doubledKeyProblem(stdout);
  if (problem !== undefined) return { valid: false, problem };
  const own = twins ?? twinsAmong(results.map(([id]) => id));
  const failed = new Set(idsWith('failed', results, own));
  const passed = new Set(idsWith('passed', results, own).filter((id) => !failed.has(id)));
  return { valid: true, report: { passed: [...passed].sort(), failed: [...failed].sort() } };
}

type Results = readonly (readonly [id: string, status: unknown])[];

function parseJsonObject(stdout: string): Results | string {
  if (stdout.trim() === '') return 'the parser printed nothing';
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    return `the parser printed no JSON: ${JSON.stringify(stdout.trim().slice(0, 200))}`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'the parser printed JSON that is not an object';
  }
  return Object.entries(value);
}

function boundsProblem(results: Results): string | undefined {
  if (results.length > REPORT_LIMITS.ids) {
    return `the parser reports ${results.length} tests, more than ${REPORT_LIMITS.ids}`;
  }
  for (const [id] of results) {
    if (id.trim() === '') return 'the parser reports a test with an empty id';
    if (id.length > REPORT_LIMITS.idLength) {
      return `the parser reports a test id of ${id.length} characters, more than ${REPORT_LIMITS.idLength}`;
    }
    if (/[^\P{Cc}\t]|\p{Cs}/u.test(id)) {
      const shown = JSON.stringify(id.slice(0, 200));
      return `the parser reports a test id with a control character, and only a tab may stand in one: ${shown}`;
    }
  }
  return undefined;
}

function valueProblem(results: Results): string | undefined {
  const offender = results.find(([, status]) => status !== 'passed' && status !== 'failed');
  if (offender === undefined) return undefined;
  const [id, status] = offender;
  return `the parser reports ${described(status)} for ${id.slice(0, 200)}; only "passed" and "failed" are known`;
}

// Nested values are only named by their kind: printing a hostile depth would overflow the stack.
function described(status: unknown): string {
  if (typeof status === 'string') return JSON.stringify(status.slice(0, 100));
  if (typeof status === 'object' && status !== null) return Array.isArray(status) ? 'a list' : 'an object';
  return String(status);
}

// JSON.parse keeps the last of two equal keys in silence, so the keys are counted in the tokens. A tree would overflow
// the stack: a value that a doubled key hides may be nested a million times.
function doubledKeyProblem(stdout: string): string | undefined {
  const seen = new Set<string>();
  const scanner = createScanner(stdout, true);
  let depth = 0;
  let keyIsNext = false;
  for (scanner.scan(); scanner.getTokenOffset() < stdout.length; scanner.scan()) {
    const sign = stdout.charAt(scanner.getTokenOffset());
    if (sign === '"' && depth === 1 && keyIsNext) {
      const key = scanner.getTokenValue();
      if (seen.has(key)) return `the parser reports ${key.slice(0, 200)} twice`;
      seen.add(key);
    }
    if (sign === '{' || sign === '[') depth += 1;
    if (sign === '}' || sign === ']') depth -= 1;
    keyIsNext = sign === '{' || sign === ',';
  }
  return undefined;
}

function idsWith(wanted: 'passed' | 'failed', results: Results, twins: ReadonlySet<string>): readonly string[] {
  return results.filter(([, status]) => status === wanted).map(([id]) => steadyId(id, twins));
}
