import { writeFileSync } from 'node:fs';

import { format } from 'prettier';

import { openArena } from '../test/red-team/arena.ts';
import { RED_TEAM_DOCS } from '../test/red-team/page-file.ts';
import { redTeamPage } from '../test/red-team/table.ts';
import { TRIALS } from '../test/red-team/trials.ts';

const arena = await openArena();
try {
  const played = await Promise.all(TRIALS.map(async (trial) => ({ trial, outcome: await arena.play(trial) })));
  const page = await format(redTeamPage(played), { parser: 'markdown', printWidth: 120, singleQuote: true });
  writeFileSync(RED_TEAM_DOCS, page);
  console.log(`wrote ${RED_TEAM_DOCS}`);
} finally {
  await arena.close();
}
