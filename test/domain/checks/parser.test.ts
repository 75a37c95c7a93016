import { describe, expect, it } from 'vitest';
import { parserFinding } from '../../../src/domain/checks/parser.ts';
import type { ParserExperiment, TestRun } from '../../../src/domain/report/test-run.ts';
import {
  aBuggyRun,
  aConflict,
  aCut,
  aCutLog,
  anUnreadableRun,
  aReport,
  aRun,
  BROKEN_BY_ONE,
  BROKEN_BY_TWO,
  experiments,
  originalFacts,
  SPARED,
  TESTS,
} from './facts.ts';

const unreadable = { valid: false, problem: 'the parser printed nothing' } as const;

/** The experiments of a good parser with one of them replaced. */
function withExperiment(changed: ParserExperiment): readonly ParserExperiment[] {
  const isLikeIt = ({ experiment, started }: ParserExperiment) =>
    experiment === changed.experiment && started === changed.started;
  return experiments().map((one) => (isLikeIt(one) ? changed : one));
}

function strictFinding(parser: readonly ParserExperiment[]) {
  return parserFinding({ original: originalFacts({ parser }), profile: 'strict' });
}

describe('in both profiles', () => {
  it.each(['strict', 'paper'] as const)('passes a parser that reads the log of the original (%s)', (profile) => {
    expect(parserFinding({ original: originalFacts(), profile })?.passed).toBe(true);
  });

  it.each(['strict', 'paper'] as const)('fails one that cannot (%s)', (profile) => {
    const original = originalFacts({ runs: [anUnreadableRun()] });
    expect(parserFinding({ original, profile })).toMatchObject({
      passed: false,
      detail: 'on the original tree: the parser printed nothing',
    });
  });

  it.each(['strict', 'paper'] as const)('waits for the first run (%s)', (profile) => {
    expect(parserFinding({ original: originalFacts({ runs: [] }), profile })).toBeUndefined();
  });
});

describe('in the strict profile', () => {
  it.each<[string, ParserExperiment, string]>([
    [
      'gives another answer for the same log',
      { experiment: 'repeated', reading: { valid: true, report: aReport(TESTS.slice(1)) } },
      'the parser gives two answers for the same log',
    ],
    [
      'crashes when asked again',
      { experiment: 'repeated', reading: unreadable },
      'the parser gives two answers for the same log',
    ],
    [
      'reports passes on an empty log',
      { experiment: 'empty', reading: { valid: true, report: aReport(['x']) } },
      'on an empty log the parser reports passes: x',
    ],
    [
      'reports passes on a cut log that the full one does not give',
      { experiment: 'truncated', reading: { valid: true, report: aReport(['x']) } },
      'on a log cut short the parser reports new passes: x',
    ],
    [
      'takes a test for passed that has only started',
      aCut(TESTS[0] ?? '', [TESTS[0] ?? '']),
      `on a log that ends before it says how ${TESTS[0] ?? ''} ended, the parser reports a pass`,
    ],
    [
      'crashes on shuffled lines',
      { experiment: 'shuffled', reading: unreadable },
      'on a log with shuffled lines: the parser printed nothing',
    ],
    [
      'crashes on doubled lines',
      { experiment: 'doubled', reading: unreadable },
      'on a log with doubled lines: the parser printed nothing',
    ],
    [
      'invents ids on shuffled lines',
      { experiment: 'shuffled', reading: { valid: true, report: aReport(TESTS, ['x']) } },
      'on a log with shuffled lines the parser reports new tests: x',
    ],
    [
      'invents ids on doubled lines',
      { experiment: 'doubled', reading: { valid: true, report: aReport([...TESTS, 'x']) } },
      'on a log with doubled lines the parser reports new tests: x',
    ],
  ])('fails a parser that %s', (_, experiment, detail) => {
    expect(strictFinding(withExperiment(experiment))).toMatchObject({ passed: false, detail });
    const original = originalFacts({ parser: withExperiment(experiment) });
    expect(parserFinding({ original, profile: 'paper' })?.passed).toBe(true);
  });

  it.each<[string, ParserExperiment]>([
    ['refuses an empty log', { experiment: 'empty', reading: unreadable }],
    ['refuses a cut log', { experiment: 'truncated', reading: unreadable }],
    ['refuses a log that ends in a test', { ...aCut(TESTS[0] ?? '', []), reading: unreadable }],
    ['takes a test for failed that has only started', aCut(TESTS[0] ?? '', [], [TESTS[0] ?? ''])],
    ['reports failures on an empty log', { experiment: 'empty', reading: { valid: true, report: aReport([], ['x']) } }],
    [
      'changes statuses on shuffled lines',
      { experiment: 'shuffled', reading: { valid: true, report: aReport([], TESTS) } },
    ],
  ])('passes a parser that %s', (_, experiment) => {
    expect(strictFinding(withExperiment(experiment))?.passed).toBe(true);
  });

  it('fails a parser that cannot read a repeated run', () => {
    const original = originalFacts({ runs: [aRun(TESTS), anUnreadableRun()] });
    expect(parserFinding({ original, profile: 'strict' })?.detail).toBe(
      'on a repeated run of the original tree: the parser printed nothing',
    );
  });

  it('fails a parser whose passes the log does not name', () => {
    const original = originalFacts({ log: '8 passed in 0.1s' });
    expect(parserFinding({ original, profile: 'strict' })).toMatchObject({
      passed: false,
      figures: { invented: TESTS },
    });
  });

  it.each(['repeated', 'empty', 'truncated', 'shuffled', 'doubled'] as const)(
    'does not accept a parser that was never asked about the %s log',
    (missing) => {
      expect(strictFinding(experiments().filter(({ experiment }) => experiment !== missing))).toBeUndefined();
    },
  );

  it('does not accept a parser that was never asked about a test that has only started', () => {
    expect(strictFinding(experiments().filter(({ started }) => started !== TESTS[0]))).toBeUndefined();
  });

  it('does not accept a parser on the empty log alone', () => {
    expect(strictFinding(experiments().filter(({ experiment }) => experiment === 'empty'))).toBeUndefined();
  });
});

describe('in its time', () => {
  it.each(['empty', 'truncated', 'doubled'] as const)('fails a parser that does not end on a log: %s', (experiment) => {
    const problem = 'the parser did not end within 10 s';
    const late: ParserExperiment = { experiment, reading: { valid: false, timedOut: true, problem } };
    expect(strictFinding(withExperiment(late))).toMatchObject({
      passed: false,
      detail: expect.stringContaining(problem),
    });
  });

  it('fails one that takes more than a minute for all changed logs, and none that takes less', () => {
    const lasting = (ms: number) => experiments().map((experiment) => ({ ...experiment, durationMs: ms }));
    const each = 60_000 / experiments().length;
    expect(strictFinding(lasting(each - 1))?.passed).toBe(true);
    expect(strictFinding(lasting(each + 1))).toMatchObject({
      passed: false,
      detail: expect.stringContaining('more than 60 s'),
    });
  });
});

describe('against the log', () => {
  const contradicting = { evidence: { unnamed: [], contradicted: [BROKEN_BY_ONE] } };
  const naming = { evidence: { unnamed: [BROKEN_BY_ONE], contradicted: [] } };
  const buggy = (run: TestRun) => ({ runs: [run], conflicting: [aConflict], truncated: [aCutLog] });

  it.each([
    ['the original', { original: originalFacts({ runs: [aRun(TESTS), aRun(TESTS, [], contradicting)] }) }],
    ['the buggy state', { original: originalFacts(), buggy: buggy({ ...aBuggyRun, ...contradicting }) }],
    ['the weakened state', { original: originalFacts(), weakened: { run: aRun(SPARED, [], contradicting) } }],
  ])('fails a parser that says the opposite on %s', (_, facts) => {
    expect(parserFinding({ ...facts, profile: 'strict' })).toMatchObject({
      passed: false,
      detail: `the parser says the opposite of its log about ${BROKEN_BY_ONE}`,
    });
  });

  it('fails a parser that names a pass on the buggy state which its log does not', () => {
    const finding = parserFinding({
      original: originalFacts(),
      buggy: buggy({ ...aBuggyRun, ...naming }),
      profile: 'strict',
    });
    expect(finding).toMatchObject({ passed: false, figures: { invented: [BROKEN_BY_ONE] } });
  });

  it.each([
    [1, true],
    [0, false],
  ])('keeps as a figure whether exit code %d tells the bug: %s', (exitCode, exitCodeTellsFailure) => {
    const finding = parserFinding({
      original: originalFacts(),
      buggy: buggy({ ...aBuggyRun, exitCode }),
      profile: 'strict',
    });
    expect(finding).toMatchObject({ passed: true, figures: { exitCodeTellsFailure } });
  });
});

describe('on the buggy log without its end', () => {
  const cut = (passed: readonly string[]): ParserExperiment => ({
    experiment: 'truncated',
    reading: { valid: true, report: aReport(passed) },
  });
  const findingOn = (truncated: readonly ParserExperiment[] | undefined) =>
    parserFinding({
      original: originalFacts(),
      buggy: { runs: [aBuggyRun], conflicting: [aConflict], ...(truncated && { truncated }) },
      profile: 'strict',
    });

  it('passes a parser that says less', () => {
    expect(findingOn([cut(SPARED)])?.passed).toBe(true);
  });

  it('fails a parser that takes for passed what only the end calls failed', () => {
    expect(findingOn([cut([...SPARED, BROKEN_BY_ONE])])).toMatchObject({
      passed: false,
      figures: { strange: [BROKEN_BY_ONE] },
    });
  });

  it('fails a parser that takes a failing test for passed when it has only started', () => {
    expect(findingOn([cut(SPARED), aCut(BROKEN_BY_ONE, [BROKEN_BY_ONE])])).toMatchObject({
      passed: false,
      figures: { started: [BROKEN_BY_ONE] },
    });
  });

  it('does not accept a parser that was never asked', () => {
    expect(findingOn(undefined)).toBeUndefined();
  });
});

describe('on conflicting lines', () => {
  function conflictFinding(conflicting: readonly ParserExperiment[], runs = [aBuggyRun]) {
    return parserFinding({ original: originalFacts(), buggy: { runs, conflicting, truncated: [] }, profile: 'strict' });
  }

  it('passes a parser that says failed', () => {
    expect(conflictFinding([aConflict])?.passed).toBe(true);
  });

  it.each([
    [
      'passed',
      aReport(
        TESTS.filter((id) => id !== BROKEN_BY_TWO),
        [BROKEN_BY_TWO],
      ),
    ],
    ['nothing', aReport([], [BROKEN_BY_TWO])],
  ])('fails one that says %s', (_, report) => {
    expect(conflictFinding([{ ...aConflict, reading: { valid: true, report } }])).toMatchObject({
      passed: false,
      figures: { contested: 2, lenient: [BROKEN_BY_ONE] },
    });
  });

  it('fails one that is lenient with one of two tests whose names differ in a duration alone', () => {
    const contested = ['wait (5 ms)', 'wait (9 ms)'];
    const reading = { valid: true, report: aReport(['wait (5 ms)'], ['wait (9 ms)']) } as const;
    expect(conflictFinding([{ experiment: 'conflicting', contested, reading }])).toMatchObject({
      passed: false,
      figures: { lenient: ['wait (5 ms)'] },
    });
  });

  it('fails one that crashes', () => {
    expect(conflictFinding([{ ...aConflict, reading: unreadable }])?.passed).toBe(false);
  });

  it('waits for the experiment when the buggy run reports failures', () => {
    expect(conflictFinding([])).toBeUndefined();
  });

  it('does not wait when nothing is contested', () => {
    expect(conflictFinding([], [aRun(TESTS.slice(2))])?.passed).toBe(true);
  });
});
