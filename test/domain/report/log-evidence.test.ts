import { describe, expect, it } from 'vitest';
import { logEvidence } from '../../../src/domain/report/log-evidence.ts';

function contradicted(log: string, passed: readonly string[], failed: readonly string[] = []) {
  return logEvidence(log, { passed, failed }).contradicted;
}

describe('a log that says failed of what the parser calls passed', () => {
  it.each([
    ['FAILED tests/test_a.py::test_b - AssertionError: 1 != 2', 'tests/test_a.py::test_b'],
    ['tests/test_a.py::test_b FAILED                [ 50%]', 'tests/test_a.py::test_b'],
    ['ERROR tests/test_a.py::test_b', 'tests/test_a.py::test_b'],
    ['test_b (a.TestX.test_b) ... FAIL', 'a.TestX.test_b'],
    ['test_b (a.TestX) ... ERROR', 'test_b (a.TestX)'],
    ['--- FAIL: TestB (0.00s)', 'example.com/pkg.TestB'],
    ['{"Time":"1","Action":"fail","Package":"p","Test":"TestB","Elapsed":0}', 'p.TestB'],
    ['    --- FAIL: TestB (0.00s)', 'TestB'],
    ['not ok 3 - does b', 'a.test.js::suite › does b'],
    ['not ok 3 does b # time=1.2ms', 'does b'],
    ['  ✖ does b (3.2ms)', 'a.test.js::does b'],
    ['\u001b[31m  ✗\u001b[39m does b', 'does b'],
  ])('%s speaks against %s', (line, id) => {
    expect(contradicted(`begin\n${line}\nend`, [id, 'other'])).toEqual([id]);
    expect(contradicted(`begin\n${line}\nend`, ['other'], [id])).toEqual([]);
  });
});

describe('a log that says passed of what the parser calls failed', () => {
  it.each([
    ['PASSED tests/test_a.py::test_b', 'tests/test_a.py::test_b'],
    ['test_b (a.TestX.test_b) ... ok', 'test_b (a.TestX.test_b)'],
    ['--- PASS: TestB (0.00s)', 'TestB'],
    ['ok 3 - does b', 'does b'],
    ['  ✓ does b (3 ms)', 'does b'],
  ])('%s speaks against %s', (line, id) => {
    expect(contradicted(line, [], [id])).toEqual([id]);
    expect(contradicted(line, [id])).toEqual([]);
  });
});

describe('a log that says both, or nothing certain', () => {
  it.each([
    ['a test that passed and whose clean-up failed', 'a.py::test_b PASSED\nERROR a.py::test_b', [], ['a.py::test_b']],
    ['a test that was run again', 'a.py::test_b FAILED\na.py::test_b PASSED', ['a.py::test_b'], []],
    ['two tests of one title', 'not ok 1 - works', ['a.js::x › works', 'a.js::y › works'], []],
    ['what is still to be done', 'not ok 1 - works # TODO later', ['works'], []],
    ['a sentence of the code under test', 'it says: test FAILED', ['test'], []],
  ])('%s contradicts nothing', (_, log, passed, failed) => {
    expect(contradicted(log, passed, failed)).toEqual([]);
  });
});

it('names passes that the log does not', () => {
  const { unnamed } = logEvidence('a.py::test_b PASSED', { passed: ['a.py::test_b', 'a.py::test_c'], failed: [] });
  expect(unnamed).toEqual(['a.py::test_c']);
});

it('finds a name whose address differs in its log', () => {
  const log = 'prints 0x7f0000000001 ... ok';
  expect(logEvidence(log, { passed: ['prints 0x…'], failed: [] })).toEqual({ unnamed: [], contradicted: [] });
});

// Below a second on an idle machine; a pattern that goes back and forth in the line takes hours.
const HOSTILE_MS = 300_000;

it('reads nothing into a hostile log', { timeout: HOSTILE_MS }, () => {
  const log = Array.from({ length: 9_000 }, (_, index) => `${'not ok 1 '.repeat(100)}${index}`).join('\n');
  expect(logEvidence(log, { passed: ['a'], failed: [] })).toEqual({ unnamed: ['a'], contradicted: [] });
});
