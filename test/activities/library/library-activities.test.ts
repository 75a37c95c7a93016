import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readCalibratedBug } from '../../../src/activities/artifact/bug-content.ts';
import { readLibrary } from '../../../src/activities/library/import-library.ts';
import { createLibraryActivities } from '../../../src/activities/library/library-activities.ts';
import { writeBugLibrary } from '../../../src/config/bug-library.ts';
import { InvalidInputError } from '../../../src/domain/failure/errors.ts';
import { temporaryDirectory } from '../../store/temporary-directory.ts';
import { createFakeServices, plainly } from '../../support/fake-services.ts';
import { aFrozenBug } from '../../support/library-fixture.ts';

const DIFF = ['--- a/x.py', '+++ b/x.py', '@@ -1 +1 @@', '-y', '+z', ''].join('\n');
const files = { ...aFrozenBug().files, 'bug_inject.diff': DIFF, 'test_weaken.diff': DIFF };
const bug = aFrozenBug({ files });

async function theActivities() {
  const { services } = await createFakeServices();
  const file = join(await temporaryDirectory(), 'bugs.jsonl');
  return { file, store: services.store, ...createLibraryActivities(services, plainly) };
}

describe('openLibrary', () => {
  it('puts the bugs into the store, ready to be solved and graded', async () => {
    const { file, store, openLibrary } = await theActivities();
    const { id } = writeBugLibrary(file, { bugs: [bug], validatorVersion: '3' });
    expect(await openLibrary({ file })).toBe(id);
    const [known] = await readLibrary(store, id);
    expect(known).toEqual({
      ...{ id: bug.id, artifactId: `library/${bug.id}`, subject: bug.subject, strategy: 'removal' },
    });
    const calibrated = await readCalibratedBug(store, `library/${bug.id}`);
    expect(calibrated).toMatchObject({
      artifact: { bugInject: DIFF },
      clean: { exitCodes: [0] },
      cleanDurationMs: 900,
    });
    expect(calibrated.row).toMatchObject({ runId: null, consistent: true, failToPass: ['a'], contentId: bug.id });
  });

  it('may be said again, also of another library with the same bug', async () => {
    const { file, store, openLibrary } = await theActivities();
    writeBugLibrary(file, { bugs: [bug], validatorVersion: '3' });
    const id = await openLibrary({ file });
    expect(await openLibrary({ file })).toBe(id);
    writeBugLibrary(file, { bugs: [bug, aFrozenBug({ files, id: 'b'.repeat(64) })], validatorVersion: '3' });
    expect(await readLibrary(store, await openLibrary({ file }))).toHaveLength(2);
  });

  it('refuses what is no library, with the way out', async () => {
    const { file, openLibrary } = await theActivities();
    writeFileSync(file, '{}\n');
    await expect(openLibrary({ file })).rejects.toThrow(InvalidInputError);
    await expect(openLibrary({ file })).rejects.toThrow(/is not of a bug library/);
  });
});
