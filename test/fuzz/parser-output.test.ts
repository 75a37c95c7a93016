import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readParserOutput, REPORT_LIMITS } from '../../src/domain/report/test-report.ts';
import { failingTests, reportedIds, reportOf, statusesOf } from '../../src/domain/report/test-status.ts';
import { anyLine, hugeLine, INPUTS, isReason, SEED } from './hostile-text.ts';

const id = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('tests/a.py::test_a', 'tests/a.py::test_b[é-1]', 'TestX/sub', 'a b c') },
  { weight: 2, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '0', '-0', '1e3', '') },
  { weight: 2, arbitrary: anyLine },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);
const status = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('passed', 'failed') },
  { weight: 1, arbitrary: fc.constantFrom('skipped', 'PASSED', 'passed ', '', 'error') },
  { weight: 1, arbitrary: fc.jsonValue() },
);

/** Members as text, so that keys may come twice and in any spelling. */
const member = fc.tuple(id, status, fc.boolean()).map(([key, value, spelt]) => {
  const name = JSON.stringify(key);
  const units = Array.from({ length: key.length }, (_, index) => key.charCodeAt(index));
  const escaped = units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  return `${spelt ? `"${escaped}"` : name}: ${JSON.stringify(value)}`;
});

const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"a":{"b":['), fc.constantFrom(10, 1000, 200_000))
  .map(([open, depth]) => `{"x": ${open.repeat(depth)}${closing(open).repeat(depth)}, "x": "passed"}`);

function closing(open: string): string {
  return { '[': ']', '{"a":': '}', '{"a":{"b":[': ']}}' }[open] ?? '';
}

const members = fc.array(member, { maxLength: 6 }).map((all) => `{${all.join(', ')}}`);

const mutated = fc.tuple(
  members,
  fc.nat(400),
  fc.constantFrom('', '"', '{', '}', ',', ':', '\\', '\0', '//', '/**/', 'NaN'),
);

const output = fc.oneof(
  { weight: 12, arbitrary: members },
  { weight: 6, arbitrary: mutated.map(([text, at, sign]) => text.slice(0, at) + sign + text.slice(at + 1)) },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.tuple(anyLine, members, anyLine).map((parts) => parts.join('\n')) },
);
const rare = fc.oneof(
  deep,
  fc.constant(`{"${hugeLine}": "passed"}`),
  fc.constant(`{"a": "${hugeLine}"}`),
  fc.constant('['.repeat(2 ** 20)),
  fc.constant(`{${Array.from({ length: REPORT_LIMITS.ids + 1 }, (_, index) => `"${index}": "passed"`).join(',')}}`),
);

const outputs = [
  ...fc.sample(output, { numRuns: INPUTS - 40, seed: SEED }),
  ...fc.sample(rare, { numRuns: 40, seed: SEED }),
];

describe(`${INPUTS} outputs of parsers`, () => {
  const readings = outputs.map((text) => readParserOutput(text));

  it('are read, or refused with a reason', () => {
    const reasons = readings.flatMap((reading) => (reading.valid ? [] : [reading.problem]));
    expect(reasons.filter((reason) => !isReason(reason))).toEqual([]);
    expect(reasons.length).toBeGreaterThan(INPUTS / 5);
    expect(readings.length - reasons.length).toBeGreaterThan(INPUTS / 5);
  });

  it('say of each test what the JSON says, and nothing else', () => {
    for (const [index, reading] of readings.entries()) {
      if (!reading.valid) continue;
      const value: unknown = JSON.parse(outputs[index] ?? '');
      expect(statusesOf(reading.report)).toEqual(new Map(Object.entries(value ?? {})));
    }
  });

  it('never say that a test passed and failed', () => {
    for (const reading of readings) {
      const ids = reportedIds(reportOf(reading));
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('that are refused pass no test', () => {
    const refused = readings.filter((reading) => !reading.valid);
    for (const reading of refused) expect(failingTests(reportOf(reading), ['a', 'b'])).toEqual(['a', 'b']);
  });
});
