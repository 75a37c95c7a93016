import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readImage } from '../../src/activities/leaks/kept-image-index.ts';
import { planRemedies, readTouched } from '../../src/activities/leaks/remedies.ts';
import { withSandbox } from '../../src/activities/services/sandbox-request.ts';
import { readSubjects } from '../../src/config/corpus.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import type { Subject } from '../../src/domain/subject/subject.ts';
import { LOCAL_OWNER } from '../../src/workers/local-services.ts';
import { openServices } from '../../src/workers/open-services.ts';
import { aConfiguration } from '../../test/support/run-fixture.ts';

/** What an index of an image costs, and a question to it: `npm run bench:leaks -- [SUBJECT ...]`. */
const QUESTIONS = 200;
const { sandbox: config } = aConfiguration();
const home = mkdtempSync(join(tmpdir(), 'selfplay-bench-'));
const environment = readEnvironment({ ...process.env, SELFPLAY_HOME: home });
const opened = await openServices({ environment, sandbox: 'bubblewrap' });
const { services } = opened;
const signal = new AbortController().signal;
try {
  const chosen = process.argv.slice(2);
  const names = chosen.length > 0 ? chosen : ['toolz', 'qs', 'uuid'];
  const subjects = readSubjects({ corpus: 'cache:all.jsonl', subjects: undefined }, environment.cache);
  for (const subject of subjects.filter(({ name }) => names.includes(name))) console.log(await measure(subject));
} finally {
  await opened.close();
  rmSync(home, { recursive: true, force: true });
}

async function measure(subject: Subject) {
  const identifiedAt = performance.now();
  const { hostDirectories } = await services.sandboxes.identify(subject.source);
  const identifyMs = Math.round(performance.now() - identifiedAt);
  return withSandbox(services, { owner: LOCAL_OWNER, subject, config }, async (sandbox) => {
    const startedAt = performance.now();
    const index = await readImage(sandbox, { name: subject.name, hostDirectories, signal });
    const buildMs = Math.round(performance.now() - startedAt);
    const paths = Object.keys(index.files).slice(0, 3);
    const original = await readTouched(sandbox, paths);
    if (typeof original === 'string') throw new Error(original);
    const askedAt = performance.now();
    for (let asked = 0; asked < QUESTIONS; asked += 1) planRemedies(index, paths, { original, present: new Map() });
    const questionMs = (performance.now() - askedAt) / QUESTIONS;
    const { looked, places, files } = index;
    return {
      subject: subject.name,
      identifyMs,
      buildMs,
      questionMs: Number(questionMs.toFixed(2)),
      indexBytes: JSON.stringify(index).length,
      sources: Object.keys(files).length,
      places: places.length,
      ...looked,
    };
  });
}
