import { writeFileSync } from 'node:fs';

import { format, resolveConfig } from 'prettier';

import { openArena } from '../test/red-team/arena.ts';
import { RED_TEAM_DOCS } from '../test/red-team/page-file.ts';
import { redTeamPage } from '../test/red-team/table.ts';
import type { Trial } from '../test/red-team/trial.ts';
import { TRIALS } from '../test/red-team/trials.ts';

const arena = await openArena();
try {
  let done = 0;
  const play = async (trial: Trial) => {
    const outcome = await arena.play(trial);
    console.error(`${++done} of ${TRIALS.length}: ${trial.plan.name}`);
    return { trial, outcome };
  };
  const played = await Promise.all(TRIALS.map(play));
  const style = await resolveConfig(RED_TEAM_DOCS);
  const page = await format(redTeamPage(played), { ...style, filepath: RED_TEAM_DOCS });
  writeFileSync(RED_TEAM_DOCS, page);
  console.log(`wrote ${RED_TEAM_DOCS}`);
} finally {
  await arena.close();
}
