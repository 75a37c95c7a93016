import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { RED_TEAM_DOCS } from './page-file.ts';
import { listsOnPage } from './table.ts';
import { TRIALS, trialsOf } from './trials.ts';

describe('the red-team suite', () => {
  it('is what docs/red-team.md lists; else run npx tsx scripts/write-red-team-docs.ts', () => {
    const lists = TRIALS.map(({ plan, expected }) => [plan.name, expected.list] as const);
    expect(new Map([...listsOnPage(readFileSync(RED_TEAM_DOCS, 'utf8'))].sort())).toEqual(new Map(lists.sort()));
  });

  it('has as many of each list as the page counts', () => {
    const [closed, residual, honest] = (['closed', 'residual', 'honest'] as const).map((list) => trialsOf(list).length);
    expect(readFileSync(RED_TEAM_DOCS, 'utf8')).toMatch(
      new RegExp(`^\\*\\*${closed} closed attacks, .* ${residual} residual ones, .* ${honest} honest works, `, 'm'),
    );
  });

  it('gives each trial a name of its own', () => {
    const names = TRIALS.map(({ plan }) => plan.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('holds at least 50 closed attacks and 20 honest works', () => {
    expect(trialsOf('closed').length).toBeGreaterThanOrEqual(50);
    expect(trialsOf('honest').length).toBeGreaterThanOrEqual(20);
  });
});
