import { describe, expect, it } from 'vitest';

import { PLAIN } from '../../../src/cli/text/output.ts';
import { renderStates, renderTestStates } from '../../../src/cli/show/render-test-states.ts';
import { factsFormat, stateSummaries, testStates } from '../../../src/cli/show/test-states.ts';

const run = (passed: readonly string[], failed: readonly string[], changes: object = {}) => ({
  ...{ ending: 'exited', exitCode: failed.length > 0 ? 1 : 0, durationMs: 1500 },
  reading: { valid: true, report: { passed, failed } },
  ...changes,
});

/** Two files break a test each; putting one of them back brings its test back. */
const FACTS = {
  original: { runs: [run(['a', 'b', 'c'], []), run(['a', 'b', 'c'], [], { durationMs: 2500 })] },
  buggy: { runs: [run(['c'], ['a', 'b']), run(['c'], ['a', 'b'])] },
  weakened: { run: run(['c'], ['b']) },
  inverse: {
    reversions: [
      { path: 'pkg/one.py', run: run(['a', 'c'], ['b']) },
      { path: 'pkg/two.py', run: run(['b', 'c'], ['a']) },
    ],
  },
};

function read(facts: object = {}) {
  const kept = factsFormat.parse({ format: 'validation-facts-1', facts: { ...FACTS, ...facts } });
  return { tests: testStates(kept), states: stateSummaries(kept) };
}

const page = (columns: number) => ({ columns: () => columns, colors: PLAIN });

describe('the states of a bug', () => {
  it('stand side by side, each with the numbers of its tests', () => {
    const shown = renderStates(read().states, page(100));
    expect(shown).toMatch(/original +2 +3 +0 +0 +0 +exit 0 +2\.5 s/);
    expect(shown).toMatch(/weakened +1 +1 +1 +1 +0 +exit 1/);
    expect(shown).toMatch(/#2 pkg\/two\.py +1 +2 +1 +0 +0 +exit 1/);
    expect(shown).not.toMatch(/neutral|sabotaged/);
  });

  it('say which file brings each test back', () => {
    const { tests, states } = read();
    expect(tests[0]).toMatchObject({ test: 'a', inverse: { 'pkg/one.py': 'passed', 'pkg/two.py': 'failed' } });
    const shown = renderTestStates({ tests, states }, page(100), 10);
    expect(shown).toMatch(/a +passed +failed +missing +#1\n/);
    expect(shown).toMatch(/b +passed +failed +failed +#2\n/);
    expect(shown).toContain('1 test passes in every state');
  });

  it('take a column for neutral edit and sabotage only where these have something to say', () => {
    const quiet = read({
      neutral: { run: run(['c'], ['a', 'b']) },
      sabotage: { original: run([], ['a', 'b', 'c']), buggy: null },
    });
    const shown = renderTestStates(quiet, page(100), 10);
    expect(shown).toContain('the neutral edit changes no result');
    expect(shown).toContain('no test passes when its body is made to raise');
    expect(shown.split('\n')[0]).not.toMatch(/neutral|sabotaged/);
    const loud = read({
      neutral: { run: run(['a', 'c'], ['b']) },
      sabotage: { original: run(['c'], ['a', 'b']), buggy: run([], ['a', 'b', 'c']) },
    });
    const table = renderTestStates(loud, page(100), 10);
    expect(table).toMatch(/test +original +buggy +weakened +neutral +sabotaged/);
    expect(table).toMatch(/a +passed +failed +missing +passed +failed/);
    expect(table).toMatch(/c +passed +passed +passed +passed +passed/);
  });

  it('name the original without the second copies of what the bug took away, and with comments', () => {
    const { states, tests } = read({
      neutral: { run: null, original: { run: run(['a', 'b'], ['c']) } },
      leaks: { found: ['a copy'], problem: null, run: run(['a'], ['b', 'c']) },
    });
    expect(states.slice(-2)).toMatchObject([
      { state: 'neutral edit of the original', runs: 1, passed: 2, failed: 1 },
      { state: 'original without second copies', runs: 1, passed: 1, failed: 2 },
    ]);
    expect(tests[0]).toMatchObject({ test: 'a', original: 'passed', neutral: null });
    expect(read({ leaks: { found: [], problem: null, run: null } }).states).toHaveLength(5);
  });

  it('are shown as far as they are there: one that could not be built says why', () => {
    const { states, tests } = read({
      inverse: { reversions: [{ path: 'pkg/one.py', problem: 'does not apply' }] },
      weakened: { run: run([], [], { reading: { valid: false, problem: 'no JSON' }, ending: 'timed-out' }) },
    });
    expect(states.map(({ state }) => state)).toEqual(['original', 'buggy', 'weakened', 'put back']);
    expect(states[2]?.endings).toEqual(['timed out']);
    expect(states[3]).toMatchObject({ putBack: 'pkg/one.py', runs: 0, endings: ['not built: does not apply'] });
    expect(renderStates(states, page(100))).toMatch(/#1 pkg\/one\.py +0 .* not built: does not apply/);
    expect(tests[0]).toMatchObject({ weakened: 'unreadable', inverse: { 'pkg/one.py': null } });
  });

  it.each([80, 120, 200])('fit %d columns with 500 long test ids and 20 files, and tell the ids apart', (columns) => {
    const ids = Array.from({ length: 500 }, (_, index) => `tests/${'deep/'.repeat(20)}test.py::test_it[${index}]`);
    const failing = ids.slice(0, 9);
    const rest = ids.slice(9);
    const many = read({
      original: { runs: [run(ids, [])] },
      buggy: { runs: [run(rest, failing)] },
      weakened: { run: run(ids, []) },
      inverse: {
        reversions: Array.from({ length: 20 }, (_, index) => ({
          path: `src/${'deep/'.repeat(20)}module_${index}.py`,
          run: run(ids, []),
        })),
      },
    });
    const shown = [renderStates(many.states, page(columns)), renderTestStates(many, page(columns), 10)].join('');
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
    for (const index of [0, 8]) expect(shown).toContain(`[${index}]`);
    expect(shown).toContain('each');
    expect(shown).toMatch(/#20 .*dule_19\.py /);
  });
});
