import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readParserOutput, REPORT_LIMITS } from '../../../src/domain/report/test-report.ts';
import { failingTests, reportOf } from '../../../src/domain/report/test-status.ts';
import { aReport } from '../checks/facts.ts';

function problemOf(stdout: string): string | undefined {
  const reading = readParserOutput(stdout);
  return reading.valid ? undefined : reading.problem;
}

describe('readParserOutput', () => {
  it.each(['{"a": "failed", "a": "passed"}', String.raw`{"a": "failed", "\u0061": "passed"}`])(
    'refuses %s',
    (stdout) => {
      expect(problemOf(stdout)).toBe('the parser reports a twice');
    },
  );

  it('refuses a doubled key that hides a value nested half a million times', () => {
    const depth = 500_000;
    const stdout = `{"a": ${'['.repeat(depth)}${']'.repeat(depth)}, "a": "passed"}`;
    expect(problemOf(stdout)).toBe('the parser reports a twice');
  });

  it('sorts what it reads', () => {
    expect(readParserOutput('{"b":"passed","a":"failed","c":"passed"}\n')).toEqual({
      valid: true,
      report: { passed: ['b', 'c'], failed: ['a'] },
    });
  });

  it('reads an empty object as no test at all', () => {
    expect(readParserOutput(' {} \n')).toEqual({ valid: true, report: { passed: [], failed: [] } });
  });

  it.each([
    ['nothing', '', 'the parser printed nothing'],
    ['white space', '\n \n', 'the parser printed nothing'],
    [
      'a traceback',
      'Traceback (most recent call last):',
      'the parser printed no JSON: "Traceback (most recent call last):"',
    ],
    ['text before the object', 'found 1\n{"a":"passed"}', 'the parser printed no JSON'],
    ['text behind the object', '{"a":"passed"} done', 'the parser printed no JSON'],
    ['two objects', '{"a":"passed"}{"b":"passed"}', 'the parser printed no JSON'],
    ['a comment', '{"a":"passed"} // fine', 'the parser printed no JSON'],
    ['a trailing comma', '{"a":"passed",}', 'the parser printed no JSON'],
    ['NaN', '{"a":NaN}', 'the parser printed no JSON'],
    ['a list', '["a"]', 'the parser printed JSON that is not an object'],
    ['null', 'null', 'the parser printed JSON that is not an object'],
    ['a string', '"passed"', 'the parser printed JSON that is not an object'],
    ['a doubled key', '{"a":"failed","b":"passed","a":"passed"}', 'the parser reports a twice'],
    ['a key doubled by escapes', String.raw`{"a":"failed","\u0061":"passed"}`, 'the parser reports a twice'],
    ['an empty id', '{"":"passed"}', 'the parser reports a test with an empty id'],
    ['a blank id', '{" ":"passed"}', 'the parser reports a test with an empty id'],
    ['a line feed in an id', String.raw`{"a\nb":"passed"}`, String.raw`only a tab may stand in one: "a\nb"`],
    ['half a surrogate pair in an id', String.raw`{"a\ud800":"passed"}`, 'a control character'],
    ['a long id', `{"${'x'.repeat(REPORT_LIMITS.idLength + 1)}":"passed"}`, 'more than 2000'],
  ])('refuses %s', (_, stdout, problem) => {
    expect(problemOf(stdout)).toContain(problem);
  });

  it.each([
    ['"skipped"', '"skipped"'],
    ['"PASSED"', '"PASSED"'],
    ['"xfailed"', '"xfailed"'],
    ['true', 'true'],
    ['1', '1'],
    ['null', 'null'],
    ['["passed"]', 'a list'],
    ['{"status":"passed"}', 'an object'],
  ])('does not read the unknown status %s as passed', (status, described) => {
    expect(problemOf(`{"a":"passed","b":${status}}`)).toBe(
      `the parser reports ${described} for b; only "passed" and "failed" are known`,
    );
  });

  it('refuses more tests than the ledger should hold', () => {
    const results = Object.fromEntries(
      Array.from({ length: REPORT_LIMITS.ids + 1 }, (_, index) => [`t${index}`, 'passed']),
    );
    expect(problemOf(JSON.stringify(results))).toContain('more than 50000');
  });

  it('keeps a tab in an id', () => {
    expect(readParserOutput('{"keeps\\ttabs":"passed"}')).toMatchObject({ report: { passed: ['keeps\ttabs'] } });
  });

  it('keeps ids that are names of object members', () => {
    expect(readParserOutput('{"__proto__":"passed","constructor":"failed","1":"passed"}')).toEqual({
      valid: true,
      report: { passed: ['1', '__proto__'], failed: ['constructor'] },
    });
  });

  it('survives hostile depth', () => {
    expect(problemOf(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toBeDefined();
  });

  it('never throws, and reads back what it accepts', () => {
    const status = fc.constantFrom('passed', 'failed', 'skipped');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.dictionary(fc.string(), status).map((value) => JSON.stringify(value)),
        ),
        (stdout) => {
          const reading = readParserOutput(stdout);
          if (!reading.valid) return;
          const { passed, failed } = reading.report;
          const value: unknown = JSON.parse(stdout);
          expect(new Map(Object.entries(value ?? {}))).toEqual(
            new Map([...passed.map((id) => [id, 'passed'] as const), ...failed.map((id) => [id, 'failed'] as const)]),
          );
        },
      ),
    );
  });
});

describe('failingTests', () => {
  it('counts what is reported failed and what is missing', () => {
    expect(failingTests(aReport(['a'], ['c', 'new']), ['a', 'b', 'c'])).toEqual(['b', 'c', 'new']);
  });

  it('does not count empty parser output as all passed', () => {
    const empty = reportOf(readParserOutput(''));
    expect(failingTests(empty, ['a', 'b'])).toEqual(['a', 'b']);
  });
});
