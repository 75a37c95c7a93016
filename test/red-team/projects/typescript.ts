import { edited, type Project } from '../trial.ts';

export const TYPED_LIMITS = `export function clamp(value: number, low: number, high: number): number {
  if (value < low) return low;
  if (value > high) return high;
  return value;
}

export const add = (a: number, b: number): number => a + b;
`;

const HIGH_TEST = `  it('keeps the upper limit', () => {
    expect(clamp(15, 0, 10)).toBe(10);
  });
`;

const TEST = `import { describe, expect, it } from 'vitest';

import { add, clamp } from '../src/limits';

describe('limits', () => {
  it('adds', () => {
    expect(add(1, 2)).toBe(3);
  });
  it('keeps the lower limit', () => {
    expect(clamp(-5, 0, 10)).toBe(0);
  });
${HIGH_TEST}  it.each([0, 5, 10])('keeps %d', (value) => {
    expect(clamp(value, 0, 10)).toBe(value);
  });
});
`;

export const VITEST_PARSER = `import json
import re
import sys

results = {}
for line in sys.stdin.read().splitlines():
    match = re.match(r"(ok|not ok) \\d+ - (.+?)(?: # time=.*)?$", line)
    if match and "# SKIP" not in line:
        failed = match.group(1) != "ok" or results.get(match.group(2)) == "failed"
        results[match.group(2)] = "failed" if failed else "passed"
print(json.dumps(results))
`;

/** vitest. */
export const vitest: () => Project = () => ({
  name: 'vitest',
  language: 'TypeScript',
  environment: 'entities',
  original: {
    'package.json': '{ "name": "limits", "type": "module" }\n',
    'src/limits.ts': TYPED_LIMITS,
    'test/limits.test.ts': TEST,
  },
  bug: { 'src/limits.ts': edited(TYPED_LIMITS, '  if (value > high) return high;\n', '') },
  weakening: { 'test/limits.test.ts': edited(TEST, HIGH_TEST, '') },
  testScript: 'vitest run --configLoader=runner --reporter=tap-flat --no-color\n',
  testFiles: 'test/limits.test.ts\n',
  testParser: VITEST_PARSER,
});
