import { describe, expect, it } from 'vitest';
import { startedInBuggy, startedInOriginal } from '../../../src/domain/report/started-tests.ts';

const passed = (...ids: readonly string[]) => ({ passed: ids, failed: [] });

const event = (time: string, action: string) => `{"Time":"${time}","Action":"${action}","Package":"p","Test":"TestB"}`;

describe('the log of the original', () => {
  it.each([
    ['unittest', 'noise\ntest_b (a.T.test_b) ... ok\nOK', 'a.T.test_b', 'noise\ntest_b (a.T.test_b) ... '],
    ['pytest', 'a.py::test_b[1] PASSED   [ 50%]\nend', 'a.py::test_b[1]', 'a.py::test_b[1] '],
    ['go', '=== RUN   TestB\n    b.go: hi\n--- PASS: TestB (0.00s)\nPASS', 'pkg.TestB', '=== RUN   TestB'],
    ['node:test', 'TAP version 13\n# Subtest: b\nok 1 - b', 'b', 'TAP version 13\n# Subtest: b'],
    [
      'go test -json',
      '{"Action":"run","Package":"p","Test":"TestB"}\n{"Action":"pass","Package":"p","Test":"TestB","Elapsed":0}',
      'p.TestB',
      '{"Action":"run","Package":"p","Test":"TestB"}',
    ],
    ['a duration', 'test_b (T) (0.12s) ... ok', 'test_b (T)', 'test_b (T) (0.12s) ... '],
  ])('is cut before it says of a test that it passed (%s)', (_, log, test, cut) => {
    expect(startedInOriginal(log, passed(test))).toEqual([{ test, log: cut }]);
  });

  it.each([
    ['the result comes first', '  ✓ does b (3 ms)', 'does b'],
    ['the result stands in a summary', 'PASSED a.py::test_b', 'a.py::test_b'],
    ['a line above may have said it', '[gw0] [ 50%] PASSED a.py::test_b\na.py::test_b PASSED', 'a.py::test_b'],
    ['its words are unknown', 'b: splendid', 'b'],
    ['it only starts', '=== RUN   TestB\nPASS', 'TestB'],
  ])('is not cut where %s', (_, log, test) => {
    expect(startedInOriginal(log, passed(test))).toEqual([]);
  });

  it('is cut at two tests of many, the last one first', () => {
    const tests = Array.from({ length: 100 }, (_, index) => `a.py::test_${index}`);
    const cuts = startedInOriginal(tests.map((test) => `${test} PASSED`).join('\n'), passed(...tests));
    expect(cuts.map(({ test }) => test)).toEqual(['a.py::test_99', 'a.py::test_0']);
  });
});

describe('the log of the buggy state', () => {
  const inOriginal = 'begin\ntest_a (T) ... ok\ntest_b (T) ... ok\nOK';
  const inBuggy = 'begin\ntest_a (T) ... ok\ntest_b (T) ... FAIL\nFAILED';

  it('is cut where the line of a failing test begins to differ', () => {
    expect(startedInBuggy(inOriginal, inBuggy, ['test_b (T)'])).toEqual([
      { test: 'test_b (T)', log: 'begin\ntest_a (T) ... ok\ntest_b (T) ... ' },
    ]);
  });

  it('is cut in words that nobody knows', () => {
    const cuts = startedInBuggy('b -> [grand]', 'b -> [poor]', ['b']);
    expect(cuts).toEqual([{ test: 'b', log: 'b -> [' }]);
  });

  it('is cut behind the line that says that a test starts', () => {
    const [cut] = startedInBuggy('=== RUN   TestB\n--- PASS: TestB', '=== RUN   TestB\n--- FAIL: TestB', ['p.TestB']);
    expect(cut?.log).toBe('=== RUN   TestB');
  });

  it('is cut behind such a line of go test -json, whatever the time', () => {
    const log = (time: string, said: string) => ['run', 'output', said].map((action) => event(time, action)).join('\n');
    const [cut] = startedInBuggy(log('1', 'pass'), log('2', 'fail'), ['p.TestB']);
    expect(cut?.log).toBe(event('2', 'run'));
  });

  it.each([
    ['the same line', 'a.py::test_b PASSED\nend', 'a.py::test_b PASSED\na.py::test_b ERROR'],
    ['nearly the same line', 'a.py::test_b PASSED [ 50%]', 'a.py::test_b PASSED [ 51%]\na.py::test_b ERROR'],
  ])('is cut before %s that says passed of a test whose clean-up fails', (_, original, buggy) => {
    expect(startedInBuggy(original, buggy, ['a.py::test_b'])[0]?.log.trimEnd()).toBe('a.py::test_b');
  });

  it('is not cut where another line may have said more', () => {
    expect(startedInBuggy('✓ b', '✗ b', ['b'])).toEqual([]);
    expect(startedInBuggy('b ok', 'calls b\nb bad', ['b'])).toEqual([]);
    expect(startedInBuggy('bee ok', 'bee bad', ['b'])).toEqual([]);
  });

  it('is cut a second time with the end that the script gives both logs', () => {
    const end = 'coverage: 80%\ndone\n';
    const cuts = startedInBuggy(`${inOriginal}\n${end}`, `${inBuggy}\n${end}`, ['test_b (T)']);
    expect(cuts.map(({ log }) => log)).toEqual([
      'begin\ntest_a (T) ... ok\ntest_b (T) ... ',
      'begin\ntest_a (T) ... ok\ntest_b (T) ... \ncoverage: 80%\ndone\n',
    ]);
  });

  it('is cut at three tests of many, the last one first', () => {
    const tests = Array.from({ length: 100 }, (_, index) => `test_${index}`);
    const log = (said: string) => `${tests.map((test) => `${test} ${said}`).join('\n')}\n${said}`;
    const cuts = startedInBuggy(log('fine'), log('bad'), tests);
    expect(cuts.map(({ test }) => test)).toEqual(['test_99', 'test_48', 'test_0']);
  });

  // Seconds on an idle machine; a search from each place of the log takes hours.
  it('is cut nowhere in a hostile log', { timeout: 300_000 }, () => {
    const tests = Array.from({ length: 50_000 }, (_, index) => `t${index % 7 === 0 ? '' : index}`);
    const log = 'tt'.repeat(1 << 21);
    expect(startedInBuggy(log, log, tests)).toEqual([]);
    expect(startedInOriginal(log, passed(...tests))).toEqual([]);
  });
});
