import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readImage } from '../../../src/activities/leaks/kept-image-index.ts';
import type { ImageIndex } from '../../../src/domain/leaks/image-index.ts';
import { createBubblewrapSandboxes } from '../../../src/sandbox/bubblewrap/bubblewrap-sandboxes.ts';
import type { Sandbox, Sandboxes } from '../../../src/sandbox/sandbox.ts';
import { aSandbox, output } from '../../sandbox/contract-host.ts';
import { writeTree } from '../../support/artifact-fixture.ts';
import { PROJECT } from './leak-project.ts';

const signal = new AbortController().signal;

/** Archives of every make, each whole, cut off at many places and with single bytes changed; by a seed. */
const PLANT = `
import bz2, gzip, io, lzma, os, random, tarfile, zipfile
text = open('calc/ranges.py', 'rb').read()
os.makedirs('/tmp/archives')
def zipped(method):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', method) as archive:
        archive.writestr('first.py', text)
        archive.writestr('second.py', text[::-1])
    return packed.getvalue()
def tarred(mode):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode='w' + mode) as archive:
        archive.add('calc')
    return packed.getvalue()
whole = {'gz': gzip.compress(text), 'bz2': bz2.compress(text), 'xz': lzma.compress(text), 'tar': tarred(''),
         'tar.gz': tarred(':gz'), 'tar.bz2': tarred(':bz2'), 'tar.xz': tarred(':xz'),
         **{f'{method}.zip': zipped(method) for method in (0, 8, 12, 14)}}
encrypted = bytearray(whole['8.zip'])
for place in (6, encrypted.index(b'PK\\1\\2') + 8):
    encrypted[place] |= 1
whole['encrypted.zip'] = bytes(encrypted)
draw = random.Random(7)
for name, data in whole.items():
    open(f'/tmp/archives/whole.{name}', 'wb').write(data)
    for number in range(30):
        changed = bytearray(data)
        for _ in range(draw.choice((1, 1, 5))):
            # Beginnings and ends tell what an archive is.
            place = draw.choice((draw.randrange(len(data)), draw.randrange(4, 40), len(data) - 1 - draw.randrange(60)))
            changed[place] = draw.randrange(256)
        open(f'/tmp/archives/changed-{number}.{name}', 'wb').write(changed)
        open(f'/tmp/archives/cut-{number}.{name}', 'wb').write(data[:draw.randrange(8, len(data))])
`;

let directory: string;
let sandboxes: Sandboxes;
let sandbox: Sandbox;
let index: ImageIndex;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selfplay-damaged-'));
  writeTree(join(directory, 'source'), PROJECT);
  sandboxes = createBubblewrapSandboxes({ stateDir: join(directory, 'state') });
  sandbox = await sandboxes.create(aSandbox({ source: { kind: 'directory', directory: join(directory, 'source') } }));
  await output(sandbox, `python3 - <<'PROGRAM'\n${PLANT}\nPROGRAM`);
  index = await readImage(sandbox, { name: 'project', hostDirectories: ['/usr'], signal });
});

afterAll(async () => {
  await sandbox.destroy();
  await sandboxes.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('an image with damaged archives', () => {
  it('is indexed, and says how many could not be read to their end', () => {
    const { archives, damaged } = index.looked;
    expect(archives).toBeGreaterThan(400);
    expect(damaged).toBeGreaterThan(200);
  });

  it.each(['gz', 'bz2', 'xz', 'tar', 'tar.gz', 'tar.bz2', 'tar.xz', '0.zip', '8.zip', '12.zip', '14.zip'])(
    'has its whole %s read, whatever lies beside it',
    (name) => {
      const place = index.places.find(({ path }) => path === `/tmp/archives/whole.${name}`);
      expect(place?.kind).toBe('archive');
      expect(place?.windows.length).toBeGreaterThan(10);
    },
  );

  it('has found what can still be read of those that are cut off', () => {
    const cut = index.places.filter(({ path }) => path.startsWith('/tmp/archives/cut-'));
    for (const name of ['gz', 'tar', 'tar.gz']) expect(cut.some(({ path }) => path.endsWith(`.${name}`))).toBe(true);
  });
});
