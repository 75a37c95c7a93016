import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readEnvironment } from '../../src/config/environment.ts';
import { openLocalServices, type LocalServices } from '../../src/workers/local-services.ts';
import {
  CHANGES,
  changed,
  createArtifactFixture,
  ORIGINAL,
  type ArtifactFixture,
} from '../support/artifact-fixture.ts';
import { aConfiguration } from '../support/run-fixture.ts';
import { createTestImages, tree } from '../support/test-images.ts';

// A validation boots some thirty containers, a grading a few more; a loaded machine of two cores takes minutes.
const TIMEOUT_MS = 600_000;

describe('a judgement where an engine answers', { timeout: TIMEOUT_MS }, () => {
  let fixture: ArtifactFixture;
  let local: LocalServices;
  const said: string[] = [];
  const environment = readEnvironment();
  const images = createTestImages(environment.docker.baseImage);

  beforeAll(async () => {
    fixture = createArtifactFixture();
    const home = join(fixture.directory, 'home');
    local = await openLocalServices({ environment: { ...environment, home }, say: (what) => said.push(what) });
  });
  afterAll(async () => {
    await local.close();
    await images.remove();
    fixture[Symbol.dispose]();
  });

  it('is made in containers of an image whose tree belongs to root', async () => {
    expect(said).toContain('sandboxes: docker');
    const image = await images.fromBase([...tree('/testbed', ORIGINAL)], ['WORKDIR /testbed']);
    const solvers = changed(ORIGINAL, CHANGES.bug, CHANGES.withoutTestOfBug);
    const repaired = changed(solvers, { 'calc/arith.py': ORIGINAL['calc/arith.py'] ?? '' });
    const patchFile = join(fixture.directory, 'prediction.diff');
    const { validation, sandbox } = aConfiguration();
    writeFileSync(patchFile, fixture.diff(solvers, repaired));
    const graded = await local.grade({
      ...{ validation, sandbox, patchFile, signal: new AbortController().signal, say: () => undefined },
      subject: { name: 'testbed', source: { kind: 'image', image }, weight: 1 },
      artifactDirectory: fixture.write(fixture.artifact),
    });
    expect(graded).toMatchObject({ verdict: 'solved', check: null });
  });

  it('is made without the copy that the image has installed under /root', async () => {
    const installed = tree('/root/.venv/lib/python3.11/site-packages', {
      'calc/arith.py': ORIGINAL['calc/arith.py'] ?? '',
    });
    const image = await images.fromBase([...tree('/testbed', ORIGINAL), ...installed], ['WORKDIR /testbed']);
    const { validation, sandbox } = aConfiguration();
    const { verdict, checks } = await local.validate({
      ...{ validation, sandbox, signal: new AbortController().signal, say: () => undefined },
      subject: { name: 'testbed', source: { kind: 'image', image }, weight: 1 },
      artifactDirectory: fixture.write(fixture.artifact),
    });
    expect(verdict).toBe('consistent');
    const { figures = '' } = checks.find(({ check }) => check === 'leak-unfixable') ?? {};
    expect(JSON.parse(figures)).toMatchObject({
      copies: 1,
      places: [expect.stringMatching(/^\/root\/\.venv\/.*\/calc\/arith\.py \(copy of calc\/arith\.py/)],
    });
  });
});
