import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { bestSolveProbability, expectedInjectorReward } from '../../src/domain/reward/rewards.ts';
import { DEFAULT_REWARD } from '../../test/support/defaults.ts';
import { acceptance, type Circumstances, type Series } from './acceptance.ts';
import { toSvg, type Curve, type Panel } from './chart.ts';
import type { SeedKind } from './random-bug.ts';
import { rewardOfChance } from './rewards-of-chance.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    svg: { type: 'string' },
    artifacts: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '20251218' },
  },
});
const [artifacts, seed] = [Number(values.artifacts), Number(values.seed)];
if (!(artifacts > 0 && Number.isSafeInteger(seed)))
  throw new RangeError(
    `--artifacts takes a positive number and --seed an integer, not ${values.artifacts} and ${values.seed}`,
  );

/** 1 - p* for G = 8: what a challenger would choose. */
const CHOSEN = 1 - bestSolveProbability(8);
const FINE = Array.from({ length: 201 }, (_, index) => index / 200);
const rates = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, CHOSEN, 0.8, 0.9, 0.95, 1];
const sampling = { rates, artifacts, seed };

const plain: Circumstances = { profile: 'strict', buggyRuns: 4, neutralEdit: false, kind: 'the run', tests: 1 };
const onePaperRun: Circumstances = { ...plain, profile: 'paper', buggyRuns: 1 };

interface Labelled extends Series {
  readonly label: string;
}

const byRuns = [1, 2, 4, 8].map((buggyRuns) => ({
  label: `${buggyRuns} ${buggyRuns === 1 ? 'run (paper profile)' : 'runs'}`,
  ...acceptance(buggyRuns === 1 ? onePaperRun : { ...plain, buggyRuns }, sampling),
}));
const byTests = [1, 2, 3, 5].map((tests) => ({
  label: `${tests} ${tests === 1 ? 'test' : 'tests'}`,
  ...acceptance({ ...plain, tests }, sampling),
}));
const kinds: readonly SeedKind[] = ['the run', 'the process id', 'its own text', 'the day'];
const byKind = kinds.map((kind) => ({
  label: `seeded by ${kind}`,
  ...acceptance({ ...plain, neutralEdit: true, kind }, sampling),
}));
const rewards = [
  { label: '1 run, graded once', ...rewardOfChance(onePaperRun, 1, sampling) },
  { label: '4 runs, graded once', ...rewardOfChance(plain, 1, sampling) },
  { label: '4 runs, graded twice', ...rewardOfChance(plain, 2, sampling) },
  {
    label: 'its own text, neutral edit',
    ...rewardOfChance({ ...plain, kind: 'its own text', neutralEdit: true }, 2, sampling),
  },
];

const allSeries = [...byRuns, ...byTests, ...byKind, ...rewards];
const honestReward = expectedInjectorReward(1 - CHOSEN, 8, DEFAULT_REWARD.alpha);
const document = {
  format: 'verdict-simulation-1',
  seed,
  artifacts,
  chosenFailureRate: CHOSEN,
  honestReward,
  acceptance: { byRuns: byRuns.map(toJson), byTests: byTests.map(toJson), byKind: byKind.map(toJson) },
  rewards: rewards.map(toJson),
  largestDistance: largestDistance(),
};
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(document, null, 2)}\n`);
if (values.svg !== undefined) await writeFile(values.svg, toSvg(panels()));
process.stdout.write(
  [
    `artifacts that fail by chance at ${CHOSEN.toFixed(3)}, ${artifacts} of each kind: measured (closed form)`,
    ...[...byRuns, ...byTests, ...byKind].map((series) => `accepted  ${atChosen(series)}`),
    ...rewards.map((series) => `reward    ${atChosen(series)} at best ${best(series).toFixed(3)}`),
    `best reward of an honest artifact: ${honestReward.toFixed(3)}`,
    `largest distance to a closed form: ${largestDistance().toFixed(3)}`,
    '',
  ].join('\n'),
);

function atChosen({ label, points, closedForm }: Labelled): string {
  const measured = points.find(({ failureRate }) => failureRate === CHOSEN)?.measured ?? NaN;
  return `${label.padEnd(32)} ${measured.toFixed(3)} (${closedForm(CHOSEN).toFixed(3)})`;
}

/** The most that chance can earn, whatever failure rate it chooses. */
function best({ closedForm }: Labelled): number {
  return Math.max(...FINE.map(closedForm));
}

function largestDistance(): number {
  return Math.max(
    ...allSeries.flatMap(({ points, closedForm }) =>
      points.map(({ failureRate, measured }) => Math.abs(measured - closedForm(failureRate))),
    ),
  );
}

function toJson({ label, points, closedForm }: Labelled) {
  return { label, points: points.map((point) => ({ ...point, closedForm: closedForm(point.failureRate) })) };
}

function panels(): readonly Panel[] {
  const share = {
    yRange: [0, 1],
    yTicks: [0, 0.2, 0.4, 0.6, 0.8, 1],
    xLabel: 'probability that a test fails in a run',
  } as const;
  return [
    { ...share, title: 'Accepted, by runs of the buggy state (one test)', curves: byRuns.map(curveOf) },
    { ...share, title: 'Accepted, by number of tests (4 runs)', curves: byTests.map(curveOf) },
    { ...share, title: 'Accepted, by what seeds the failure (neutral edit)', curves: byKind.map(curveOf) },
    {
      ...share,
      title: 'Mean reward of the injector (G = 8, one test)',
      yRange: [-1, 0.4],
      yTicks: [-1, -0.8, -0.6, -0.4, -0.2, 0, 0.2, 0.4],
      curves: rewards.map(curveOf),
    },
  ];
}

function curveOf({ label, points, closedForm }: Labelled): Curve {
  return {
    label,
    line: FINE.map((rate) => [rate, closedForm(rate)] as const),
    dots: points.map(({ failureRate, measured }) => [failureRate, measured] as const),
  };
}
