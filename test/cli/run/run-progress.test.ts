import { stripVTControlCharacters } from 'node:util';

import pc from 'picocolors';
import { describe, expect, it } from 'vitest';

import { PLAIN } from '../../../src/cli/text/output.ts';
import { createProgressView } from '../../../src/cli/run/progress-view.ts';
import { progressEvents, renderProgress } from '../../../src/cli/run/run-progress.ts';
import { createRunReader, type RunSnapshot } from '../../../src/cli/run/run-snapshot.ts';
import { PLAYED } from '../../support/ledger-builders.ts';
import { aStore, createRecordingOutput } from '../command-fixture.ts';

async function aSnapshot(): Promise<RunSnapshot> {
  const { ledger } = await aStore({ filled: true });
  return createRunReader(ledger, PLAYED.run)();
}

describe('the progress of a run', () => {
  it('shows what ended, what is in flight and how far, and the counts', async () => {
    const lines = renderProgress(await aSnapshot(), 61_000, PLAIN);
    expect(lines).toEqual([
      '  episode-0: ended (toolz, removal): consistent, solve rate 0.5, injector +0.1, solvers +1 -1',
      '  episode-1: ended (toolz, history): no-submission, injector -1',
      '  episode-2: ended (toolz, removal, second order): consistent, solve rate 0, solvers -1',
      '  episode-3  toolz, removal: solve, 0 of 2 attempts ended, 0 solved',
      'demo-2026-01-02-1  1 min 1 s  groups 1 of 3, episodes 3 ended, 1 in flight, 1 bugs, 1 second order, 0 lost',
    ]);
  });

  it('waits for a worker before the run is read', () => {
    const nothing = {
      runId: 'r',
      run: undefined,
      attempts: undefined,
      injectionGroups: undefined,
      episodes: [],
      waiting: [],
    };
    expect(renderProgress(nothing, 1000, PLAIN)).toEqual(['r  1.0 s  waiting for a worker to take the run']);
  });

  it('is a line per event, each told once', async () => {
    const snapshot = await aSnapshot();
    expect(progressEvents(undefined, snapshot)).toHaveLength(4);
    expect(progressEvents(undefined, snapshot)[3]).toBe('episode-3: solve (toolz, removal)');
    expect(progressEvents(snapshot, snapshot)).toEqual([]);
  });

  it('says once what waits, and why', async () => {
    const waiting = [
      { rolloutId: `${PLAYED.openEpisode}/solver-0`, detail: 'waiting for the policy at turn 3:\nECONNREFUSED\u001b' },
    ];
    const before = await aSnapshot();
    const after = { ...before, waiting };
    const line = 'episode-3/solver-0: waiting for the policy at turn 3: ECONNREFUSED\uFFFD';
    expect(progressEvents(before, after)).toEqual([line]);
    expect(progressEvents(after, after)).toEqual([]);
    expect(renderProgress(after, 0, PLAIN)).toContain(`  ${line}`);
  });

  it('reads the end of an episode that was in flight before', async () => {
    const store = await aStore({ filled: true });
    const read = createRunReader(store.ledger, PLAYED.run);
    const before = await read();
    await store.ledger.settleEpisode({
      episode: {
        ...{ episodeId: PLAYED.openEpisode, outcome: 'lost', verdict: null, check: null, artifactId: null },
        ...{ solveRate: null, problem: 'no host', endedAt: '2026-01-02T04:00:00.000Z' },
      },
      rewards: [],
    });
    expect(progressEvents(before, await read())).toEqual(['episode-3: ended (toolz, removal): lost']);
  });
});

describe('the view of a run', () => {
  it('redraws a block on a terminal, no line wider than it', async () => {
    const { output, text } = createRecordingOutput(40);
    const view = createProgressView(output);
    view.update(await aSnapshot(), 0);
    view.update(await aSnapshot(), 1000);
    view.end();
    expect(text().split('\u001b[5A\u001b[J')).toHaveLength(3);
    expect(text().endsWith('\u001b[5A\u001b[J')).toBe(true);
    expect(
      Math.max(
        ...text()
          .split('\n')
          .map((line) => line.replace('\u001b[5A\u001b[J', '').length),
      ),
    ).toBe(40);
  });

  it('writes plain lines into a pipe', async () => {
    const { output, text } = createRecordingOutput(undefined);
    const view = createProgressView(output);
    view.update(await aSnapshot(), 0);
    view.end();
    expect(text()).toMatch(/^episode-0: ended .*\n(?:episode-.*\n){3}$/);
  });

  it('cuts between characters and closes the colours', async () => {
    const { output, text } = createRecordingOutput(12);
    createProgressView({ ...output, colors: pc.createColors(true) }).update(await aSnapshot(), 0);
    const lines = text().trimEnd().split('\n');
    expect(lines.map((line) => stripVTControlCharacters(line).length)).toEqual([12, 12, 12, 12, 12]);
    const coloured = lines.filter((line) => line.includes('\u001b['));
    expect(coloured.length).toBeGreaterThan(0);
    for (const line of coloured) expect(line).toMatch(/\[(?:22|39)m$/);
  });
});
