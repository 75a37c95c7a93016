import { describe, expect, it } from 'vitest';

import { isClean, reportOf, type RoundRecord } from './chaos-report.ts';

const findings = {
  ...{ episodesLost: [], episodesDoubled: [], rewardsDoubled: [], repliesPaidTwice: [] },
  ...{ openIntents: ['one'], commandsRepeated: [], verdictsChanged: [], orphans: [] },
};
const round: RoundRecord = { kinds: ['partition', 'load', 'load'], episodes: 4, findings };

describe('a report', () => {
  it('adds up the rounds', () => {
    const orphans = { ...round, findings: { ...findings, orphans: ['a process', 'a mount'] } };
    expect(reportOf([round, orphans])).toEqual({
      ...{ faults: 6, byKind: { load: 4, partition: 2 }, episodes: 8 },
      ...{ episodesLost: 0, episodesDoubled: 0, rewardsDoubled: 0, repliesPaidTwice: 0, openIntents: 2 },
      ...{ commandsRepeated: 0, verdictsChanged: 0, orphans: 2 },
    });
  });

  it('is clean with open intents, and with nothing else', () => {
    expect(isClean(round)).toBe(true);
    expect(isClean({ findings: { ...findings, commandsRepeated: ['a command'] } })).toBe(false);
  });
});
