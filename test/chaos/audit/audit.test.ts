import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { audit, type Findings } from './audit.ts';
import { createCleanRun, EPISODE, INJECTOR, type CleanRun } from './a-clean-run.ts';
import type { Evidence } from './evidence.ts';

let run: CleanRun;

beforeEach(async () => {
  run = await createCleanRun();
});

afterEach(() => {
  run[Symbol.dispose]();
});

/** What the audit finds beside the lost reply that the run has, by rule. */
async function found(change: (evidence: Evidence) => Partial<Evidence> = () => ({})): Promise<Partial<Findings>> {
  const evidence = await run.evidence();
  const findings = audit({ ...evidence, ...change(evidence) });
  return Object.fromEntries(
    Object.entries(findings).filter(([rule, said]) => rule !== 'openIntents' && said.length > 0),
  );
}

const copyRow = (table: string, changes: Readonly<Record<string, string>>, where = '1 = 1') =>
  `create table copied as select * from ${table} where ${where} limit 1;
   ${Object.entries(changes)
     .map(([column, value]) => `update copied set "${column}" = ${value};`)
     .join('\n')}
   insert into ${table} select * from copied;
   drop table copied;`;

/** As if the ledger had never heard of its keys. */
const withoutKey = (table: string) =>
  `create table loose as select * from ${table}; drop table ${table}; alter table loose rename to ${table};`;

describe('an audit', () => {
  it('finds nothing in a run without a flaw, and counts its lost reply', async () => {
    expect(await found()).toEqual({});
    expect(audit(await run.evidence()).openIntents).toEqual([`${INJECTOR}#1 by epoch 1`]);
  });
});

describe('an episode is lost', () => {
  it.each([
    ['without an end', `update episodes set outcome = null`],
    ['that ended as lost', `update episodes set outcome = 'lost'`],
    ['cancelled in a run that nobody cancelled', `update episodes set outcome = 'cancelled'`],
    ['in a run without an end', `update runs set outcome = null`],
    ['in a group that is not settled', `update injection_groups set settled_at = null`],
  ])('%s', async (_what, statement) => {
    run.plant(statement);
    expect((await found()).episodesLost).toHaveLength(1);
  });

  it('that the ledger does not know', async () => {
    run.plant(`delete from episodes`);
    expect((await found()).episodesLost).toContain(`episode ${EPISODE} is not in the ledger`);
  });

  it('that no workflow has played', async () => {
    expect(await found(() => ({ executions: [] }))).toEqual({ episodesLost: [`episode ${EPISODE} has no workflow`] });
  });

  it('whose workflow goes on', async () => {
    const running = ({ executions }: Evidence) => executions.map((it) => ({ ...it, status: 'RUNNING' }));
    expect((await found((evidence) => ({ executions: running(evidence) }))).episodesLost).toHaveLength(1);
  });

  it('whose content is gone', async () => {
    run.removeBlobs();
    expect((await found()).episodesLost).toHaveLength(10);
  });
});

describe('an episode that was cancelled', () => {
  it('is not lost where its run was cancelled', async () => {
    run.plant(`update episodes set outcome = 'cancelled'`, `delete from rewards`);
    expect(await found(() => ({ cancelledRuns: new Set(['run']) }))).toEqual({});
  });
});

describe('an episode is doubled', () => {
  it('by a second row', async () => {
    run.plant(withoutKey('episodes'), copyRow('episodes', {}));
    expect((await found()).episodesDoubled).toContain(`episode ${EPISODE} has several rows`);
  });

  it('by another id on the same draw', async () => {
    run.plant(copyRow('episodes', { episode_id: `'run/episode-1'` }));
    expect((await found()).episodesDoubled).toHaveLength(1);
  });

  it('by a second play of one recycled bug', async () => {
    const again = (id: string, seed: string) =>
      copyRow('episodes', { episode_id: id, seed, parent_artifact_id: `'bug'` });
    run.plant(again(`'run/episode-1'`, '12'), again(`'run/episode-2'`, '13'));
    expect((await found()).episodesDoubled).toEqual(['bug bug is played more than once']);
  });

  it('by a second execution of its workflow', async () => {
    const twice = ({ executions }: Evidence) => [...executions, ...executions.slice(1)];
    const { episodesDoubled } = await found((evidence) => ({ executions: twice(evidence) }));
    expect(episodesDoubled).toEqual([`episode ${EPISODE} was run more than once`]);
  });

  it('by a second start', async () => {
    const twice = ({ executions }: Evidence) =>
      executions.map((it) => ({ ...it, children: [...it.children, ...it.children] }));
    const { episodesDoubled } = await found((evidence) => ({ executions: twice(evidence) }));
    expect(episodesDoubled).toEqual([`episode ${EPISODE} was started more than once`]);
  });
});

describe('a reward is doubled', () => {
  it('by a second row', async () => {
    run.plant(withoutKey('rewards'), copyRow('rewards', {}));
    expect((await found()).rewardsDoubled).toHaveLength(2);
  });

  it('by another attempt on the same rollout', async () => {
    run.plant(copyRow('rewards', { attempt: '1' }, `role = 'solver'`));
    expect((await found()).rewardsDoubled).toHaveLength(1);
  });

  it.each([
    ['an episode that ended as lost', `update episodes set outcome = 'lost'`, 2],
    ['a rollout that was lost', `update rollouts set outcome = 'lost' where role = 'solver'`, 1],
    ['an attempt that was lost', `update attempts set outcome = 'lost'`, 1],
  ])('by one for %s', async (_what, statement, times) => {
    run.plant(statement);
    expect((await found()).rewardsDoubled).toHaveLength(times);
  });

  it('by a second emission', async () => {
    const twice = ({ executions }: Evidence) =>
      executions.map((it) => ({ ...it, completed: [...it.completed, ...it.completed] }));
    expect((await found((evidence) => ({ executions: twice(evidence) }))).rewardsDoubled).toHaveLength(1);
  });
});

describe('a reply is paid for twice', () => {
  it('when a later incarnation asks for a turn that is journaled', async () => {
    run.plant(copyRow('intents', { epoch: '3' }, 'turn = 1 and epoch = 2'));
    expect((await found()).repliesPaidTwice).toHaveLength(1);
  });

  it('when the model is asked again after it gave the journaled reply', async () => {
    const more = ({ calls }: Evidence) => [
      ...calls,
      { id: 'call-9', rolloutId: INJECTOR, turn: 2, asked: 8, answered: null },
    ];
    expect((await found((evidence) => ({ calls: more(evidence) }))).repliesPaidTwice).toHaveLength(1);
  });

  it('when the journal holds a reply that the model did not give', async () => {
    const others = ({ calls }: Evidence) => calls.map((call) => ({ ...call, id: `other ${call.id}` }));
    expect((await found((evidence) => ({ calls: others(evidence) }))).repliesPaidTwice).toHaveLength(3);
  });

  it('not by a call of an earlier incarnation that is late', async () => {
    const more = ({ calls }: Evidence) => [
      ...calls,
      { id: 'call-9', rolloutId: INJECTOR, turn: 1, asked: 8, answered: 9 },
    ];
    expect(await found((evidence) => ({ calls: more(evidence) }))).toEqual({});
  });
});

describe('a command is repeated', () => {
  it('when it runs twice in one sandbox', async () => {
    const twice = ({ traces }: Evidence) => [...traces, { rolloutId: INJECTOR, turn: 2, sandbox: 'two' }];
    expect((await found((evidence) => ({ traces: twice(evidence) }))).commandsRepeated).toHaveLength(1);
  });

  it('when a sandbox begins where there is no snapshot', async () => {
    const elsewhere = ({ traces }: Evidence) => [...traces, { rolloutId: INJECTOR, turn: 2, sandbox: 'three' }];
    run.plant(copyRow('repeats', { turn: '2' }));
    expect((await found((evidence) => ({ traces: elsewhere(evidence) }))).commandsRepeated).toHaveLength(1);
  });

  it('when it ran in two sandboxes and the ledger does not tell', async () => {
    run.plant('delete from repeats');
    expect((await found()).commandsRepeated).toHaveLength(1);
  });

  it.each([
    ['that has seen it twice', '0 1 1'],
    ['that has missed one', '1'],
  ])('when it is told by a sandbox %s', async (_what, seen) => {
    const told = ({ content }: Evidence) =>
      new Map(content.observations).set(`${INJECTOR}#1`, `some files\ntrace: ${seen}\n`);
    const change = (evidence: Evidence) => ({ content: { ...evidence.content, observations: told(evidence) } });
    expect((await found(change)).commandsRepeated).toHaveLength(1);
  });
});

describe('a verdict is changed', () => {
  it.each([
    ['by another verdict', `update episodes set verdict = 'inconsistent', "check" = 'bug-validity'`],
    ['by another solve rate', `update episodes set solve_rate = 1`],
    ['by another grade', `update attempts set outcome = 'unsolved'`],
    ['by another reward', `update rewards set reward = -1 where role = 'solver'`],
    ['by a reward that is missing', `delete from rewards where role = 'injector'`],
  ])('%s', async (_what, statement) => {
    run.plant(statement);
    expect((await found()).verdictsChanged).toHaveLength(1);
  });

  it('in an episode that a run without faults does not have', async () => {
    expect((await found(() => ({ reference: new Map() }))).verdictsChanged).toHaveLength(1);
  });
});

describe('a verdict of a run that was cancelled', () => {
  const unsettled = [
    `update injection_groups set settled_at = null`,
    `update rewards set advantage = null where role = 'injector'`,
  ];

  it('is not changed by the advantage that its group did not come to', async () => {
    run.plant(...unsettled);
    expect(await found(() => ({ cancelledRuns: new Set(['run']) }))).toEqual({});
  });

  it('is changed by any other figure', async () => {
    run.plant(...unsettled, `update rewards set reward = -1 where role = 'injector'`);
    expect((await found(() => ({ cancelledRuns: new Set(['run']) }))).verdictsChanged).toHaveLength(1);
  });
});

describe('what is left behind', () => {
  it('is said', async () => {
    expect(await found(() => ({ remains: ['process 7'] }))).toEqual({ orphans: ['process 7'] });
  });
});
