import { describe, expect, it } from 'vitest';

import { nextRunId, startUnderNextId } from '../../../src/cli/temporal/run-ids.ts';
import { createFakeTemporal } from '../command-fixture.ts';

const now = new Date('2026-01-02T23:59:00Z');

describe('the id of a new run', () => {
  it.each([
    [[], 'run-2026-01-02-1'],
    [['run-2026-01-02-1', 'run-2026-01-02-9', 'demo-2026-01-02-12'], 'run-2026-01-02-10'],
    [['run-2026-01-01-5', 'run-2026-01-02-mine'], 'run-2026-01-02-1'],
  ])('after %j is %s', (taken, id) => {
    expect(nextRunId('run', now, taken)).toBe(id);
  });

  it('skips ids that only the server knows', async () => {
    const temporal = createFakeTemporal({ taken: ['demo-2026-01-02-1', 'demo-2026-01-02-2'] });
    const id = await startUnderNextId((runId) => temporal.startTraining(runId, {}), { kind: 'demo', known: [], now });
    expect(id).toBe('demo-2026-01-02-3');
  });
});
