import { describe, expect, it } from 'vitest';
import { steadyId, steadyName, steadyText, twinsAmong } from '../../../src/domain/report/steady-text.ts';
import { readParserOutput } from '../../../src/domain/report/test-report.ts';

describe('steadyName', () => {
  it.each([
    ['waits (52ms)', 'waits'],
    ['waits (0.03s)', 'waits'],
    ['waits [1.5 seconds]', 'waits'],
    ['a.py::test_x[<Foo object at 0x7f3a5c0012d0>]', 'a.py::test_x[<Foo object at 0x…>]'],
    ['a.py::test_x[/tmp/home-1/data.txt]', 'a.py::test_x[/tmp/…/data.txt]'],
    ['reads /var/tmp/pytest-of-root/pytest-0/x', 'reads /tmp/…/pytest-0/x'],
  ])('%s is %s', (name, steady) => {
    expect(steadyName(name)).toBe(steady);
  });

  it.each(['a.py::test_wait[5s]', 'a.py::test_hex[0x10]', 'waits 5 ms', '(3 ms)', 'a.py::test_x', '/tmp'])(
    'leaves %s as it is',
    (name) => {
      expect(steadyName(name)).toBe(name);
    },
  );

  it('evens out a whole log in the same way', () => {
    expect(steadyText('x at 0xdeadbeef01 in /tmp/temp-3/a')).toBe('x at 0x… in /tmp/…/a');
  });
});

describe('steadyId', () => {
  const twins = twinsAmong(['retries (5 ms)', 'retries (10 ms)', 'waits (5 ms)']);

  it('keeps apart tests whose names differ in nothing else', () => {
    const ids = ['retries (5 ms)', 'retries (10 ms)', 'waits (5 ms)'];
    expect(ids.map((id) => steadyId(id, twins))).toEqual(['retries (5 ms)', 'retries (10 ms)', 'waits']);
  });

  it('does not mind which of them are there', () => {
    expect(steadyId('retries (10 ms)', twins)).toBe('retries (10 ms)');
    expect(twinsAmong(['retries (10 ms)', 'retries (10 ms)'])).toEqual(new Set());
  });

  it.each([
    ['addresses', 'x at 0x7f0000000001', 'x at 0x7f0000000002'],
    ['temporary paths', 'reads /tmp/a', 'reads /tmp/b'],
  ])('keeps apart tests that differ in their %s', (_, one, other) => {
    const both = twinsAmong([one, other]);
    expect([steadyId(one, both), steadyId(other, both)]).toEqual([one, other]);
  });
});

describe('readParserOutput', () => {
  it('gives a test one id in every run', () => {
    const [one, other] = ['0x7f0000000001', '0x7f0000000002'].map((address) =>
      readParserOutput(JSON.stringify({ [`prints ${address} (${address.length}ms)`]: 'passed' })),
    );
    expect(one).toEqual(other);
    expect(one).toEqual({ valid: true, report: { passed: ['prints 0x…'], failed: [] } });
  });

  it('reads the twins of the clean state by their own names, and a test of two durations as one that may have failed', () => {
    const output = {
      'waits (10 s)': 'passed',
      'adds (1 ms)': 'passed',
      'adds (2 ms)': 'failed',
      'stops (3 ms)': 'passed',
    };
    expect(readParserOutput(JSON.stringify(output), new Set(['waits']))).toEqual({
      valid: true,
      report: { passed: ['stops', 'waits (10 s)'], failed: ['adds'] },
    });
  });
});
