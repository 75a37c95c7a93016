import { describe, expect, it } from 'vitest';
import {
  forgedPasses,
  passesDespiteSabotage,
  sabotageCandidates,
  sabotageFinding,
  sabotageToAsk,
} from '../../src/domain/sabotage-check.ts';
import type { SabotageFacts } from '../../src/domain/validation-facts.ts';
import { anUnreadableRun, aRun, aSabotage, aTimedOutRun, BROKEN_BY_ONE, BROKEN_BY_TWO, TESTS } from './facts.ts';

function finding(changes: Partial<SabotageFacts>, { passed = TESTS, failing = [BROKEN_BY_ONE, BROKEN_BY_TWO] } = {}) {
  const clean = { passed, failed: [], quarantined: [] };
  return sabotageFinding({
    clean,
    failingUnderBug: failing,
    sabotage: aSabotage(changes),
    config: { minPassingTests: 5 },
  });
}

describe('sabotageFinding', () => {
  it.each([
    ['that fail', aRun([], TESTS)],
    ['that are not reported', aRun([])],
    ['whose log cannot be read', anUnreadableRun()],
    ['that hang', aTimedOutRun()],
  ])('accepts tests %s', (_, run) => {
    expect(finding({ original: run, buggy: run })).toMatchObject({ passed: true, figures: { done: true, tests: 8 } });
  });

  it.each(['original', 'buggy'] as const)('refuses the pass of a test that raises, on the %s', (state) => {
    const refused = finding({ [state]: aRun(TESTS.slice(3, 4), TESTS.slice(0, 3)) });
    expect(refused).toMatchObject({ passed: false, figures: { forged: TESTS.slice(3, 4) } });
  });

  it('finds the body of an inherited test in another file, and of each parameter', () => {
    const inherited = ['tests/test_other.py::TestY::test_a', 'tests/test_pkg.py::test_b[1]'];
    expect(finding({ original: aRun(inherited) })).toMatchObject({ passed: false, figures: { forged: inherited } });
  });

  it('names passes of which no body is known, and lets them pass', () => {
    const passed = [...TESTS, 'README.md::README.md'];
    expect(finding({ original: aRun(['README.md::README.md']) }, { passed })).toMatchObject({
      passed: true,
      figures: { unreached: ['README.md::README.md'] },
    });
  });

  it('does not let the bug rest on them', () => {
    const smoke = 'smoke 1';
    const passed = [...TESTS, smoke];
    const refused = finding({ original: aRun([smoke]) }, { passed, failing: [smoke] });
    expect(refused).toMatchObject({ passed: false, detail: `no test body earns ${smoke}, which the bug breaks` });
  });

  it('lets it rest on a test in a file of an unknown language', () => {
    const spec = 'spec/a_spec.rb::adds';
    const notDone = [{ path: 'spec/a_spec.rb', reason: 'the language is not known' }];
    const passed = [...TESTS, spec];
    expect(finding({ original: aRun([spec]), notDone }, { passed, failing: [spec] }).passed).toBe(true);
    const unread = [{ path: 'spec/a_spec.rb', reason: 'no test body is found' }];
    expect(finding({ original: aRun([spec]), notDone: unread }, { passed, failing: [spec] }).passed).toBe(false);
  });

  it('counts only tests that can fail', () => {
    const made = ['one', 'two', 'three'];
    const passed = [...TESTS.slice(0, 5), ...made];
    expect(finding({ original: aRun(made) }, { passed })).toMatchObject({
      passed: false,
      detail: '5 tests fail when they are made to, and more than 5 must',
    });
  });

  it('says when nothing could be tried', () => {
    const untried = finding({ files: [], original: null, buggy: null });
    expect(untried).toMatchObject({ passed: true, figures: { done: false } });
    expect(untried.detail).toContain('not done');
  });
});

it('calls forged what passes in a graded tree and not in the artifact’s own', () => {
  const despite = passesDespiteSabotage(aSabotage({ original: aRun(['README.md::README.md']) }));
  expect(forgedPasses(aRun(['README.md::README.md', BROKEN_BY_ONE], [BROKEN_BY_TWO]), despite)).toEqual([
    BROKEN_BY_ONE,
  ]);
});

it('takes listed files first, then every test file in a language whose tests are known', () => {
  const tree = ['pkg/a.py', 'tests/test_a.py', 'tests/base.py', 'tests/data.json', 'a_test.go', 'spec/a_spec.rb'];
  expect(sabotageCandidates(['checks/all.py', 'tests/test_a.py'], tree)).toEqual([
    'checks/all.py',
    'tests/test_a.py',
    'tests/base.py',
    'a_test.go',
  ]);
});

describe('sabotageToAsk', () => {
  it('asks wherever test bodies were made to raise', () => {
    const sabotage = aSabotage();
    expect(sabotageToAsk(sabotage)).toEqual({ asked: true, sabotage });
  });

  it.each([
    ['nothing was stored', undefined, /stored without/],
    ['there is no known test body', aSabotage({ files: [] }), /no test body is known/],
  ])('says why it does not when %s', (_, sabotage, reason) => {
    expect(sabotageToAsk(sabotage)).toEqual({ asked: false, reason: expect.stringMatching(reason) });
  });
});
