import { describe, expect, it } from 'vitest';

import { PLAIN } from '../../../src/cli/text/output.ts';
import { renderRunReport } from '../../../src/cli/run/render-run-report.ts';
import { readRunReport } from '../../../src/cli/run/run-report.ts';
import { createRunReader } from '../../../src/cli/run/run-snapshot.ts';
import { PLAYED } from '../../support/ledger-builders.ts';
import { aStore } from '../command-fixture.ts';

async function aReport() {
  const store = await aStore({ filled: true });
  return readRunReport(store, await createRunReader(store.ledger, PLAYED.run)(), 12.34);
}

describe('the report of a run', () => {
  it('holds every episode that was played to its end', async () => {
    const { episodes, seconds, lost } = await aReport();
    expect({ seconds, lost }).toEqual({ seconds: 12.3, lost: 1 });
    expect(episodes[0]).toEqual({
      ...{ id: PLAYED.episode, subject: 'toolz', language: 'python', strategy: 'removal', order: 1 },
      ...{
        verdict: 'consistent',
        check: null,
        detail: null,
        solveRate: 0.5,
        injectorReward: 0.1,
        solverRewards: [1, -1],
      },
    });
    expect(episodes[2]).toMatchObject({ order: 2, verdict: 'consistent', injectorReward: null, solverRewards: [-1] });
  });

  it('takes the language of a submission without files from the other bugs of its subject', async () => {
    const { episodes } = await aReport();
    expect(episodes[1]).toMatchObject({ id: PLAYED.emptyEpisode, check: 'no-submission', language: 'python' });
  });

  it('adds up by strategy, a second-order bug apart from injections', async () => {
    const { strategies } = await aReport();
    expect(strategies).toEqual([
      {
        ...{ strategy: 'history', episodes: 1, consistent: 0, secondOrder: 0 },
        ...{ meanSolveRate: null, meanInjectorReward: -1 },
      },
      {
        ...{ strategy: 'removal', episodes: 1, consistent: 1, secondOrder: 1 },
        ...{ meanSolveRate: 0.5, meanInjectorReward: 0.1 },
      },
    ]);
  });

  it('reads as two tables and a sentence', async () => {
    const text = renderRunReport(await aReport(), { columns: () => Number.POSITIVE_INFINITY, colors: PLAIN });
    expect(text).toMatch(/episode-1 +toolz +history +1 +no-submission +- +-1 +-\n/);
    expect(text).toContain('not consistent\n  episode-1 (toolz): no-submission\n');
    expect(text).toMatch(/removal +1 +1 +1 +0\.5 +\+0\.1\n/);
    expect(text).toContain('3 episodes, 1 validated bug in 1 subject, 1 second-order bug played, 1 lost, in 12 s');
  });

  it('shows what a check quotes of an agent in one line, without its control characters', async () => {
    const report = await aReport();
    const episodes = report.episodes.map((episode) => ({ ...episode, detail: 'it says \u001b[2J\nand more' }));
    const text = renderRunReport({ ...report, episodes }, { columns: () => Number.POSITIVE_INFINITY, colors: PLAIN });
    expect(text).toContain('(toolz): no-submission: it says \uFFFD[2J and more\n');
  });
});
