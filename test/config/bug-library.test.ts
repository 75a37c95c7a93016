import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readBugLibrary, writeBugLibrary } from '../../src/config/bug-library.ts';
import { temporaryDirectory } from '../store/temporary-directory.ts';
import { aFrozenBug } from '../support/library-fixture.ts';
import { aSubject } from '../support/run-fixture.ts';

const one = aFrozenBug({ id: '1'.repeat(64) });
const two = aFrozenBug({
  id: '2'.repeat(64),
  subject: aSubject({ source: { kind: 'image', image: 'team/image:1' }, repoRoot: '/testbed' }),
});
const library = { bugs: [two, one], validatorVersion: '3' };

describe('a bug library', () => {
  it('is read as it was written, its bugs in the order of their ids', async () => {
    const file = join(await temporaryDirectory(), 'bugs.jsonl');
    const { id } = writeBugLibrary(file, library);
    expect(readBugLibrary(file)).toEqual({ id, validatorVersion: '3', bugs: [one, two] });
  });

  it('has the same id wherever the same bugs are written, and another for others', async () => {
    const file = join(await temporaryDirectory(), 'bugs.jsonl');
    const { id } = writeBugLibrary(file, library);
    expect(writeBugLibrary(file, { ...library, bugs: [one, two] }).id).toBe(id);
    expect(writeBugLibrary(file, { ...library, bugs: [one] }).id).not.toBe(id);
  });

  it('is refused when a bug was changed since', async () => {
    const file = join(await temporaryDirectory(), 'bugs.jsonl');
    writeBugLibrary(file, library);
    writeFileSync(file, readFileSync(file, 'utf8').replace('python -m pytest', 'true'));
    expect(() => readBugLibrary(file)).toThrow(/has changed since it was frozen/);
  });

  it.each([
    ['a file that is not there', undefined, /cannot read the bug library .* `selfplay freeze` writes one/],
    ['a file of something else', '{"image": "team/image:1"}\n', /bugs\.jsonl:1 is not of a bug library/],
    ['no JSON', 'bugs\n', /bugs\.jsonl:1 is not JSON: bugs/],
  ])('says what is wrong with %s', async (_name, text, problem) => {
    const file = join(await temporaryDirectory(), 'bugs.jsonl');
    if (text !== undefined) writeFileSync(file, text);
    expect(() => readBugLibrary(file)).toThrow(problem);
  });
});
