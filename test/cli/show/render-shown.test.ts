import { expect, it } from 'vitest';

import { findShown } from '../../../src/cli/show/find-shown.ts';
import { renderShown } from '../../../src/cli/show/render-shown.ts';
import { PLAIN } from '../../../src/cli/text/output.ts';
import { createInMemoryStore } from '../../../src/store/in-memory-store.ts';
import { fillStore, PLAYED } from '../../support/ledger-builders.ts';

it('an episode has its solve rate in as many digits as the lists', async () => {
  const store = await createInMemoryStore();
  await fillStore(store);
  const shown = await findShown(store, PLAYED.episode);
  if (shown?.kind !== 'episode') throw new RangeError(`${PLAYED.episode} is an episode`);
  const oneOfSix = { ...shown, episode: { ...shown.episode, solveRate: 1 / 6 } };
  expect(renderShown(oneOfSix, { columns: () => 140, colors: PLAIN, full: false })).toMatch(/solve rate +0\.167\n/);
});
