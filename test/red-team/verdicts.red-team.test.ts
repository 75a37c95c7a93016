import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openArena, type Arena } from './arena.ts';
import { RED_TEAM_DOCS } from './page-file.ts';
import { redTeamPage, verdictsOnPage, type Played } from './table.ts';
import { trialsOf } from './trials.ts';
import type { Outcome, Trial } from './trial.ts';

// A trial boots up to some thirty sandboxes and waits for its turn among others; a Go build may take seconds each, and
// on a machine under load ten times that.
const TIMEOUT_MS = 900_000;

let arena: Arena;
const played: Played[] = [];

beforeAll(async () => {
  arena = await openArena();
});

afterAll(async () => {
  console.log(redTeamPage(played));
  await arena.close();
});

async function play(trial: Trial): Promise<Outcome> {
  const outcome = await arena.play(trial);
  played.push({ trial, outcome });
  return outcome;
}

describe('a closed attack is not paid', { concurrent: true, timeout: TIMEOUT_MS }, () => {
  it.each(trialsOf('closed'))('$name', async (trial) => {
    const outcome = await play(trial);
    if (trial.expected.list !== 'closed') throw new RangeError(`${trial.name} is not in the closed list`);
    expect(outcome).toMatchObject({ paid: false, by: expect.toBeOneOf([...trial.expected.by]) });
    expect(outcome.sentence).toMatch(trial.expected.sentence);
  });
});

describe('a residual attack is still what the table says', { concurrent: true, timeout: TIMEOUT_MS }, () => {
  it.each(trialsOf('residual'))('$name', async (trial) => {
    expect(await play(trial)).toMatchObject({ paid: true });
  });
});

describe('honest work is accepted', { concurrent: true, timeout: TIMEOUT_MS }, () => {
  it.each(trialsOf('honest'))('$name', async (trial) => {
    expect(await play(trial)).toMatchObject({ paid: true });
  });
});

describe('after all of them', () => {
  it('docs/red-team.md says what came out', () => {
    const page = verdictsOnPage(readFileSync(RED_TEAM_DOCS, 'utf8'));
    const measured = verdictsOnPage(redTeamPage(played));
    const said = new Map([...page].filter(([name]) => measured.has(name)));
    expect(said).toEqual(measured);
  });

  it('no sandbox is left behind', async () => {
    expect(await arena.leftovers()).toBe(0);
  });
});
