import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { createBackends } from '../../../src/cli/real-backends.ts';
import { toCheckDocument } from '../../../src/cli/show/show-documents.ts';
import { submissionFormat } from '../../../src/cli/records/stored-formats.ts';
import { ARTIFACT_FILES } from '../../../src/domain/artifact/bug-artifact.ts';
import type { AttemptRow } from '../../../src/domain/record/ledger-rows.ts';
import { createScriptedPolicy } from '../../../src/policy/scripted-policy.ts';
import {
  changed,
  CHANGES,
  createArtifactFixture,
  ORIGINAL,
  type ArtifactFixture,
} from '../../support/artifact-fixture.ts';
import { injectorReplies, tinyPlayers } from '../../support/scripted-players.ts';
import { policyNamed, startDeployment, type TestDeployment } from '../../support/test-server.ts';
import { recordArtifact } from '../../store/ledger-builders.ts';
import { runCommand } from '../command-fixture.ts';

let fixture: ArtifactFixture;
let deployment: TestDeployment;

/** The first injector makes a bug, the second one that is idle, the third the first bug again. */
beforeAll(async () => {
  fixture = createArtifactFixture();
  const idle = fixture.diff(ORIGINAL, changed(ORIGINAL, CHANGES.withoutEffect));
  const artifacts = [fixture.artifact, { ...fixture.artifact, 'bug_inject.diff': idle }, fixture.artifact];
  const injectors: number[] = [];
  const players = createScriptedPolicy({
    ...tinyPlayers(fixture),
    injector: ({ turn, request: { seed } }) => {
      if (!injectors.includes(seed)) injectors.push(seed);
      return injectorReplies(artifacts[injectors.indexOf(seed)] ?? fixture.artifact)[turn];
    },
  });
  deployment = await startDeployment({ players });
  const input = {
    subjects: [{ name: 'tiny', directory: join(fixture.directory, 'tiny') }],
    policy: policyNamed('players'),
    ...{ injection_groups: 1, injection_group_size: 3, attempts: 2, episode_window: 1 },
    validation: { max_near_duplicates: 1 },
  };
  const workflow = { taskQueue: 'selfplay', workflowId: 'run', args: [input] };
  await (await deployment.client.workflow.start('selfPlayTraining', workflow)).result();
});

afterAll(async () => {
  await deployment.dispose();
  fixture[Symbol.dispose]();
});

/** The first-order episodes in the order of their start, each with its artifact and what its checks found. */
async function playedEpisodes() {
  const { ledger } = deployment.services().store;
  const episodes = (await ledger.listEpisodes({ runId: 'run' })).filter(({ order }) => order === 1).reverse();
  return Promise.all(
    episodes.map(async (episode) => ({
      episode,
      artifact: await ledger.findArtifact(`${episode.episodeId}/bug`),
      checks: (await ledger.listChecks(`${episode.episodeId}/bug`)).map((check) =>
        withoutTimes(toCheckDocument(check)),
      ),
      rewards: await ledger.listRewards(episode.episodeId),
    })),
  );
}

/** As far as this test looks into documents. */
const judgementFormat = z.looseObject({
  figures: z.looseObject({}).optional(),
  checks: z.array(z.looseObject({ figures: z.looseObject({}) })).optional(),
});

/** Of two runs of the same thing, only times differ. */
function withoutTimes<Document extends { readonly figures: object }>(document: Document) {
  const figures = Object.entries(document.figures).filter(([name]) => !name.endsWith('Ms'));
  return { ...document, seconds: 0, figures: Object.fromEntries(figures) };
}

/** The five files that an episode's injector submitted, in a folder. */
async function folderOf(artifactId: string): Promise<string> {
  const { ledger, blobs } = deployment.services().store;
  const content = (await ledger.findArtifact(artifactId))?.content ?? { sha256: '', bytes: 0 };
  const { files } = submissionFormat.parse(JSON.parse(Buffer.from(await blobs.get(content)).toString()));
  const texts = await Promise.all(
    ARTIFACT_FILES.map(
      async (name) => [name, Buffer.from(await blobs.get(files[name] ?? content)).toString()] as const,
    ),
  );
  return fixture.write({ ...fixture.artifact, ...Object.fromEntries(texts) });
}

async function judge(command: 'validate' | 'grade', folder: string, patch?: Uint8Array) {
  const setting = ['--sandbox', 'bubblewrap', '--set', 'validation.max_near_duplicates=1'];
  const place = ['--source', join(fixture.directory, 'tiny'), '--artifact', folder, ...setting];
  const { exitCode, stdout, stderr } = await runCommand(
    [command, ...place, '--json', ...(patch === undefined ? [] : ['--patch', '-'])],
    { backends: await createBackends({}), ...(patch && { input: Readable.from([Buffer.from(patch)]) }) },
  );
  if (stdout === '') throw new Error(stderr);
  const document = judgementFormat.parse(JSON.parse(stdout));
  return { exitCode, document: { ...document, ...(document.checks && { checks: document.checks.map(withoutTimes) }) } };
}

describe('a judgement by command', () => {
  it('is the verdict of the episode, with the same deciding check and figures', async () => {
    const [consistent, inconsistent] = await playedEpisodes();
    expect([consistent?.episode.verdict, inconsistent?.episode.check]).toEqual(['consistent', 'bug-validity']);
    for (const { episode, artifact, checks } of [consistent, inconsistent].flatMap((one) => one ?? [])) {
      const { exitCode, document } = await judge('validate', await folderOf(`${episode.episodeId}/bug`));
      expect(document).toMatchObject({
        verdict: episode.verdict,
        check: episode.check,
        validatorVersion: artifact?.validatorVersion,
        contentId: artifact?.contentId,
        checks,
      });
      expect(exitCode).toBe(episode.verdict === 'consistent' ? 0 : 1);
    }
  });

  it('is the grade of the episode, with the same reason and figures', async () => {
    const { store } = deployment.services();
    const [first] = await playedEpisodes();
    const episodeId = first?.episode.episodeId ?? '';
    const attempts = await store.ledger.listAttempts(episodeId);
    expect(attempts.map(({ outcome }) => outcome).sort()).toEqual(['solved', 'unsolved']);
    const folder = await folderOf(`${episodeId}/bug`);
    for (const attempt of attempts) {
      const { exitCode, document } = await judge('grade', folder, await contentOf(attempt.patch));
      const report = judgementFormat.parse(JSON.parse(Buffer.from(await contentOf(attempt.report)).toString()));
      expect(document).toEqual({
        ...{ verdict: attempt.outcome, check: null, detail: attempt.reason },
        validatorVersion: attempt.validatorVersion,
        figures: report.figures,
      });
      expect(exitCode).toBe(attempt.outcome === 'solved' ? 0 : 1);
    }
  });

  function contentOf(ref: AttemptRow['patch']): Promise<Uint8Array> {
    return deployment.services().store.blobs.get(ref ?? { sha256: '', bytes: 0 });
  }
});

describe('a bug that a run has accepted as often as it may', () => {
  it('is refused as a near-duplicate, and paid like an inconsistent one', async () => {
    const [first, , third] = await playedEpisodes();
    expect(third?.episode).toMatchObject({ outcome: 'rewarded', verdict: 'inconsistent', check: 'near-duplicate' });
    expect(third?.rewards).toMatchObject([{ role: 'injector', reward: -1 }]);
    expect(third?.artifact).toMatchObject({ contentId: first?.artifact?.contentId, consistent: false });
    expect(third?.checks.at(-1)).toMatchObject({
      verdict: 'failed',
      figures: { nearDuplicates: 1, limit: 1, highestSimilarity: 1, like: ['run/episode-0/bug'] },
    });
  });
});

describe('a revalidation of the run', () => {
  const revalidate = async (...parameters: readonly string[]) => {
    const { environment } = deployment;
    const setting = { backends: await createBackends({}), environment };
    const ran = await runCommand(['revalidate', '--run', 'run', '--sandbox', 'bubblewrap', ...parameters], setting);
    return { ...ran, lines: ran.stderr.trim().split('\n') };
  };

  it('finds the same verdicts again on the server, the near-duplicate too, and leaves those that were paid', async () => {
    const before = await playedEpisodes();
    const { exitCode, stdout, stderr } = await revalidate('--address', deployment.server.address);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('3 verdicts stay, 0 changed, 0 not done')]);
    expect(stderr).toContain('3 judged, 0 changed, 0 not done, 0 skipped');
    expect(await playedEpisodes()).toEqual(before);
    expect(await deployment.services().sandboxes.list()).toEqual([]);
  });

  it('skips without a server what that version has judged, and judges it again when it is asked to', async () => {
    const known = await revalidate();
    expect([known.exitCode, known.lines.at(-1)]).toEqual([0, '0 judged, 0 changed, 0 not done, 3 skipped']);
    const again = await revalidate('--again', '--limit', '1');
    expect([again.exitCode, again.lines.at(-1)]).toEqual([0, '1 judged, 0 changed, 0 not done, 0 skipped']);
  });

  it('shows a verdict that today would be another, and exits with 1', async () => {
    const { ledger } = deployment.services().store;
    const paid = (await playedEpisodes())[1]?.artifact;
    if (paid === undefined) throw new RangeError('the second episode has an artifact');
    const accepted = { artifactId: 'run/old', consistent: true, check: null, validatorVersion: '0' };
    await recordArtifact(ledger, { ...paid, ...accepted });
    const { exitCode, stdout } = await revalidate();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/run\/old +tiny +changed +consistent \(0\) +bug-validity \(\d+\)/);
  });

  it('says of a subject that is gone that it could not be judged', async () => {
    renameSync(join(fixture.directory, 'tiny'), join(fixture.directory, 'elsewhere'));
    try {
      const { exitCode, stdout } = await revalidate('--again', '--json', '--limit', '1');
      // The change that was found before is still one.
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ notDone: 1, changed: 1 },
        artifacts: expect.arrayContaining([
          expect.objectContaining({ change: 'not-done', detail: expect.stringContaining('is not there any more') }),
        ]),
      });
    } finally {
      renameSync(join(fixture.directory, 'elsewhere'), join(fixture.directory, 'tiny'));
    }
  });

  it('refuses an input that is none', async () => {
    const workflow = { taskQueue: 'selfplay', workflowId: 'bad-revalidation', args: [{ runs: 'run' }] };
    const handle = await deployment.client.workflow.start('artifactRevalidation', workflow);
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
  });
});
