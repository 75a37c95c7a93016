import { describe, expect, it } from 'vitest';
import { steadyIds, steadyName, steadyText } from '../../../src/domain/report/steady-text.ts';
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

describe('steadyIds', () => {
  it('keeps apart tests whose names differ in nothing else', () => {
    const ids = steadyIds(['retries (5 ms)', 'retries (10 ms)', 'waits (5 ms)']);
    expect([...ids.values()]).toEqual(['retries (5 ms)', 'retries (10 ms)', 'waits']);
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
});
