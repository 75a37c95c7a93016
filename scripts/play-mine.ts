import { openArena } from '../test/red-team/arena.ts';
import { TRIALS } from '../test/red-team/trials.ts';
import { redTeamPage } from '../test/red-team/table.ts';
import { writeFileSync } from 'node:fs';
const want = new RegExp(process.argv[2] ?? "."); const list = process.env.LIST;
const arena = await openArena((process.argv[3] as 'bubblewrap' | undefined) ?? 'bubblewrap');
try {
  const played = await Promise.all(TRIALS.filter((t) => want.test(t.plan.name) && (list === undefined || t.expected.list === list)).map(async (trial) => {
    try { const outcome = await arena.play(trial);
    console.log(trial.plan.name, trial.expected.list, JSON.stringify(outcome)); return { trial, outcome }; }
    catch (e) { console.log(trial.plan.name, 'ERROR', e); return undefined; }
  }));
  writeFileSync((process.env.PAGE ?? '/tmp/cheats-page.md'), redTeamPage(played.filter((p) => p !== undefined)));
} finally { await arena.close(); }
