import { describe, expect, it } from 'vitest';
import {
  forgedPasses,
  passesDespiteSabotage,
  sabotageCandidates,
  sabotageFinding,
  sabotageToAsk,
} from '../../../src/domain/checks/sabotage.ts';
import type { SabotageFacts } from '../../../src/domain/checks/validation-facts.ts';
import {
  anAlteration,
  anUnreadableRun,
  aRun,
  aSabotage,
  aTimedOutRun,
  BROKEN_BY_ONE,
  BROKEN_BY_TWO,
  SPARED,
  TESTS,
} from './facts.ts';

interface State {
  readonly passed?: readonly string[];
  readonly failing?: readonly string[];
  readonly quarantined?: readonly string[];
}

function finding(
  changes: Partial<SabotageFacts>,
  { passed = TESTS, failing = [BROKEN_BY_ONE, BROKEN_BY_TWO], quarantined = [] }: State = {},
) {
  const clean = { passed, failed: [], quarantined };
  return sabotageFinding({
    clean,
    failingUnderBug: failing,
    passingUnderBug: passed.filter((id) => !failing.includes(id)),
    sabotage: aSabotage(changes),
    config: { minPassingTests: 5 },
  });
}

describe('sabotageFinding', () => {
  it.each([
    ['that fail', aRun([], TESTS)],
    ['that are not reported', aRun([])],
    ['that fail before the script hangs', aRun([], TESTS, { ending: 'timed-out', exitCode: null })],
  ])('accepts tests %s', (_, run) => {
    expect(finding({ original: run, buggy: run })).toMatchObject({ passed: true, figures: { done: true, tests: 8 } });
  });

  it.each(['original', 'buggy'] as const)('refuses the pass of a test that raises, on the %s', (state) => {
    const refused = finding({ [state]: aRun(TESTS.slice(3, 4), TESTS.slice(0, 3)) });
    expect(refused).toMatchObject({ passed: false, figures: { forged: TESTS.slice(3, 4) } });
  });

  it.each(['original', 'buggy'] as const)('takes what it cannot see for no failure, on the %s', (state) => {
    expect(finding({ [state]: anUnreadableRun() })).toMatchObject({
      passed: false,
      detail: 'with tests that are made to fail: the parser printed nothing',
    });
    const silent = finding({ [state]: aTimedOutRun() });
    expect(silent.passed).toBe(false);
    expect(silent.detail).toContain(`the script does not end, and its log does not show that ${BROKEN_BY_ONE}`);
  });

  it('counts, of a script that does not end, only tests that are reported failed', () => {
    const hanging = (failed: readonly string[]) => aRun([], failed, { ending: 'timed-out', exitCode: null });
    expect(finding({ original: hanging(TESTS.slice(0, 6)) })).toMatchObject({ passed: true });
    expect(finding({ original: hanging(TESTS.slice(0, 5)) })).toMatchObject({
      passed: false,
      detail: '5 tests fail when they are made to, and more than 5 must',
    });
  });

  it('finds the body of an inherited test in another file, and of each parameter', () => {
    const inherited = ['tests/test_other.py::TestY::test_a', 'tests/test_pkg.py::test_b[1]'];
    expect(finding({ original: aRun(inherited) })).toMatchObject({ passed: false, figures: { forged: inherited } });
  });

  it.each([
    'limits keeps the limit',
    'limits.keeps the limit',
    'limits › keeps the limit',
    'a.js::limits › keeps the limit',
  ])('finds the body of a title behind its suites: %s', (id) => {
    const files = [{ path: 'a.js', tests: 1, names: ['keeps the limit'] }];
    const passed = [...TESTS, id];
    expect(finding({ files, original: aRun([id]) }, { passed })).toMatchObject({ figures: { forged: [id] } });
    const altered = anAlteration({ files, original: aRun([], [id]), buggy: aRun([id]) });
    expect(finding({ altered }, { passed })).toMatchObject({ figures: { forgedExpectations: [id] } });
  });

  it('does not take an example in the documentation of a test for that test', () => {
    const example = 'tests/test_pkg.py::tests.test_pkg.test_a';
    expect(finding({ original: aRun([example]) }, { passed: [...TESTS, example] })).toMatchObject({ passed: true });
  });

  it('asks nothing of a test in quarantine', () => {
    const [flaky = '', ...passed] = TESTS;
    const state = { passed, failing: [BROKEN_BY_TWO], quarantined: [flaky] };
    expect(finding({ original: aRun([flaky], passed) }, state)).toMatchObject({
      passed: true,
      figures: { forged: [] },
    });
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

  const UNKNOWN = { path: 'spec/a_spec.rb', reason: 'the language is not known' };
  const untried = (notDone: SabotageFacts['notDone'], failing = [BROKEN_BY_ONE]) =>
    finding({ files: [], notDone, original: null, buggy: null }, { failing });

  it('says when no language is known', () => {
    expect(untried([UNKNOWN])).toMatchObject({
      passed: true,
      detail: expect.stringMatching(/^not done: /),
      figures: { done: false, notDone: ['spec/a_spec.rb: the language is not known'] },
    });
  });

  it.each([
    'the file cannot be read: too-large',
    'the file cannot be written: not-permitted',
    'no test body is found',
    'the file cannot be read after the change',
  ])('refuses tests of a known language of which none is made to fail: %s', (reason) => {
    expect(untried([{ path: 'tests/test_pkg.py', reason }, UNKNOWN])).toMatchObject({
      passed: false,
      detail: `no test could be made to fail: tests/test_pkg.py (${reason})`,
      figures: { notDone: [`tests/test_pkg.py: ${reason}`, 'spec/a_spec.rb: the language is not known'] },
    });
  });

  it('lets a helper of a known language lie beside tests of one that is not', () => {
    const notDone = [UNKNOWN, { path: 'spec/helper.js', reason: 'no test body is found' }];
    expect(untried(notDone, ['spec/a_spec.rb::adds'])).toMatchObject({ passed: true });
  });
});

describe('sabotageFinding, with tests that expect other values', () => {
  it('accepts an artifact whose tests notice', () => {
    expect(finding({ altered: anAlteration() })).toMatchObject({
      passed: true,
      figures: { altered: TESTS.length, calibrated: TESTS.length, indifferent: [], forgedExpectations: [] },
    });
  });

  it('refuses code of the bug that agrees with every value', () => {
    const [spared = '', ...others] = SPARED;
    expect(finding({ altered: anAlteration({ buggy: aRun([spared], others) }) })).toMatchObject({
      passed: false,
      detail: `tests that expect other values pass with the bug: ${spared}`,
      figures: { forgedExpectations: [spared] },
    });
  });

  it('does not know which value a test sees that the bug breaks', () => {
    expect(finding({ altered: anAlteration({ buggy: aRun([BROKEN_BY_ONE], SPARED) }) }).passed).toBe(true);
  });

  it('refuses results that no value changes', () => {
    expect(finding({ altered: anAlteration({ original: aRun(TESTS), buggy: aRun(TESTS) }) })).toMatchObject({
      passed: false,
      detail: expect.stringMatching(/^8 tests expect other values, and all of them pass/),
    });
  });

  it('takes a few that notice nothing for tests of something else', () => {
    const [noticing = '', ...rest] = TESTS;
    expect(finding({ altered: anAlteration({ original: aRun(rest, [noticing]) }) })).toMatchObject({
      passed: true,
      figures: { calibrated: 1, indifferent: rest },
    });
    const names = ['test_a', 'test_b'];
    const files = [{ path: 'tests/test_pkg.py', tests: 2, names }];
    expect(finding({ altered: anAlteration({ files, original: aRun(TESTS) }) }).passed).toBe(true);
  });

  it.each([
    ['of which no run was made', { files: [], original: null, buggy: null }],
    ['whose run cannot be read', { original: anUnreadableRun(), buggy: anUnreadableRun() }],
  ])('asks nothing of tests %s', (_, changes) => {
    expect(finding({ altered: anAlteration(changes) })).toMatchObject({ passed: true, figures: { calibrated: 0 } });
  });
});

it('calls forged what passes in a graded tree and not in the artifact’s own', () => {
  const despite = passesDespiteSabotage(aSabotage({ original: aRun(['README.md::README.md']) }));
  const run = aRun(['README.md::README.md', BROKEN_BY_ONE, 'flaky'], [BROKEN_BY_TWO]);
  expect(forgedPasses(run, despite, (id) => id === 'flaky')).toEqual([BROKEN_BY_ONE]);
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
