import { describe, expect, it } from 'vitest';

import { go } from '../../../../../src/policy/embedded/languages/go/go.ts';

const MODULE = 'example.org/ranges';

/** Recorded from an observed run, shortened. */
const OBSERVED = [
  'root\t/repo',
  `package\t${MODULE}\t/repo`,
  `package\t${MODULE}/text\t/repo/text`,
  `test\tfailed\t${MODULE}.TestClamp`,
  `said\t${MODULE}.TestClamp\t    ranges_test.go:12: Clamp(9) = 9, want 5`,
  `said\t${MODULE}.TestClamp\t--- FAIL: TestClamp (0.00s)`,
  `test\tfailed\t${MODULE}.TestParse`,
  `said\t${MODULE}.TestParse\tpanic: runtime error: index out of range [1] with length 1 [recovered]`,
  `said\t${MODULE}.TestParse\tgoroutine 7 [running]:`,
  `said\t${MODULE}.TestParse\ttesting.tRunner.func1.2({0x1, 0x2})`,
  `said\t${MODULE}.TestParse\t \t/usr/local/go/src/testing/testing.go:1974 +0x239`,
  `said\t${MODULE}.TestParse\t${MODULE}/text.(*Reader).cut(...)`,
  `said\t${MODULE}.TestParse\t \t/repo/text/read.go:31`,
  `said\t${MODULE}.TestParse\t${MODULE}.Parse({0x51, 0x1})`,
  `said\t${MODULE}.TestParse\t \t/repo/ranges.go:40 +0x85`,
  `said\t${MODULE}.TestParse\t${MODULE}.TestParse(0xc00011c8c0)`,
  `said\t${MODULE}.TestParse\t \t/repo/ranges_test.go:20 +0x2a`,
  `test\tpassed\t${MODULE}.TestLen`,
  `block\t${MODULE}/ranges.go\t10.30,11.16\t1\t2`,
  `block\t${MODULE}/ranges.go\t11.16,13.3\t1\t0`,
  `block\t${MODULE}/ranges.go\t14.2,14.10\t1\t1`,
  'block\telsewhere.org/x/x.go\t1.1,2.2\t1\t1',
  `function\t${MODULE}/ranges.go\t10\tfunc (r Range) Clamp(n int) int {`,
  `function\t${MODULE}/ranges.go\t18\tfunc (r Range) Len() int {`,
  'end\t3.25',
].join('\n');

describe('diagnosis', () => {
  const diagnosis = go.readDiagnosis(OBSERVED);

  it('reads outcomes and time', () => {
    expect(diagnosis?.seconds).toBe(3.25);
    expect(diagnosis?.outcomes).toEqual({
      [`${MODULE}.TestClamp`]: 'failed',
      [`${MODULE}.TestParse`]: 'failed',
      [`${MODULE}.TestLen`]: 'passed',
    });
  });

  it('reads messages, and the frames of the tree from the outermost to the innermost', () => {
    expect(diagnosis?.failures).toMatchObject([
      { error: 'failure', message: expect.stringContaining('want 5'), frames: [] },
      {
        error: 'panic',
        message: expect.stringContaining('index out of range'),
        frames: [
          { path: 'ranges.go', line: 40, name: 'Parse' },
          { path: 'text/read.go', line: 31, name: 'cut' },
        ],
      },
    ]);
  });

  it('counts a line for the block that it begins in', () => {
    const line = (number: number) => diagnosis?.executedLines.find((each) => each.line === number);
    expect(line(11)).toEqual({ path: 'ranges.go', line: 11, byFailing: 1, byPassing: 2 });
    expect(line(12)).toEqual({ path: 'ranges.go', line: 12, byFailing: 1, byPassing: 0 });
    expect(line(14)).toMatchObject({ byPassing: 1 });
    expect(line(2)).toBeUndefined();
  });

  it('counts functions that were entered, and those that a traceback names', () => {
    expect(diagnosis?.called.map(({ path, name, byFailing, byPassing }) => [path, name, byFailing, byPassing])).toEqual(
      [
        ['ranges.go', 'Clamp', 1, 2],
        ['ranges.go', 'Parse', 1, 0],
        ['text/read.go', 'cut', 1, 0],
      ],
    );
  });

  it('reads a run without observation', () => {
    const printed = `test\tpassed\t${MODULE}.TestA\ntest\tfailed\t${MODULE}.TestB\nend\t2\n`;
    expect(go.readDiagnosis(printed)).toEqual({
      seconds: 2,
      outcomes: { [`${MODULE}.TestA`]: 'passed', [`${MODULE}.TestB`]: 'failed' },
      failures: [],
      called: [],
      executedLines: [],
    });
  });

  it('reads nothing of a run that did not end', () => {
    expect(go.readDiagnosis(OBSERVED.replace('end\t3.25', ''))).toBeUndefined();
  });
});
