import { beforeEach, describe, expect, it } from 'vitest';
import { LedgerConflictError } from '../../src/domain/failure/errors.ts';
import type { ArtifactRow, RevalidationRow } from '../../src/domain/record/ledger-rows.ts';
import type { Ledger } from '../../src/store/store.ts';
import { AT, LATER, aBlobRef, aCheck, anArtifact, openAll, recordArtifact } from './ledger-builders.ts';

/** Admits an artifact unless the library has two bugs already; tells what it saw. */
async function admit(ledger: Ledger, artifact: ArtifactRow, limit = Number.POSITIVE_INFINITY) {
  const seen: string[] = [];
  const kept = await ledger.admitArtifact(artifact, (library) => {
    seen.push(...library.map(({ artifactId }) => artifactId));
    const consistent = artifact.consistent && library.length < limit;
    const check = consistent ? null : 'near-duplicate';
    return {
      artifact: { ...artifact, consistent, check },
      checks: [aCheck({ artifactId: artifact.artifactId, verdict: consistent ? 'passed' : 'failed' })],
    };
  });
  return { seen, kept };
}

export function describeLibrary(ledger: () => Ledger): void {
  describe('the library', () => {
    beforeEach(() => openAll(ledger()));

    it('takes an artifact with its checks, and gives the accepted ones like it of its image and run to judge by', async () => {
      await admit(ledger(), anArtifact({ artifactId: 'one' }));
      await admit(ledger(), anArtifact({ artifactId: 'refused', consistent: false }));
      await admit(ledger(), anArtifact({ artifactId: 'foreign', subject: 'boltons', image: 'other' }));
      await admit(ledger(), anArtifact({ artifactId: 'brought', runId: null, episodeId: null }));
      await recordArtifact(ledger(), anArtifact({ artifactId: 'second', order: 2, parentArtifactId: 'one' }));
      const unlike = { treeHash: 'elsewhere', bugHash: 'other', sketch: ['8', '9'] };
      await admit(ledger(), anArtifact({ artifactId: 'unlike', ...unlike }));
      const { seen, kept } = await admit(ledger(), anArtifact({ artifactId: 'two', sketch: ['7'] }));
      expect(seen).toEqual(['one']);
      expect(kept).toEqual(anArtifact({ artifactId: 'two', sketch: ['7'] }));
      expect(await ledger().findArtifact('two')).toEqual(kept);
      expect(await ledger().listChecks('two')).toHaveLength(1);
      const bySketch = { treeHash: null, bugHash: null, sketch: ['8', '9'] };
      expect((await admit(ledger(), anArtifact({ artifactId: 'three', ...bySketch }))).seen).toEqual(['unlike']);
      const ofNothing = { treeHash: null, bugHash: null, sketch: [] };
      expect((await admit(ledger(), anArtifact({ artifactId: 'four', ...ofNothing }))).seen).toEqual([]);
    });

    it('tells an image by its fingerprint or by the name of its subject', async () => {
      const admitted = async (artifactId: string, subject: string, image: string | null) =>
        (await admit(ledger(), anArtifact({ artifactId, subject, image }))).seen;
      expect(await admitted('one', 'toolz', 'sha256:1')).toEqual([]);
      expect(await admitted('two', 'toolz again', 'sha256:1')).toEqual(['one']);
      expect(await admitted('rebuilt', 'toolz', 'sha256:2')).toEqual(['one']);
      expect(await admitted('unknown', 'boltons', null)).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const later = anArtifact({ artifactId: 'later', subject: 'a name', image: 'sha256:1' });
      await admit(ledger(), later);
      expect((await ledger().listLibrary(later)).map(({ artifactId }) => artifactId)).toEqual(['one', 'two']);
      const twin = { subject: 'no name', image: 'sha256:2', treeHash: 'tree', notArtifactId: 'later' };
      expect(await ledger().findArtifactByTree(twin)).toBe('rebuilt');
    });

    it('keeps the first verdict of an artifact, whatever has been accepted since', async () => {
      const [one, two] = [anArtifact({ artifactId: 'one' }), anArtifact({ artifactId: 'two' })];
      const first = await admit(ledger(), one, 1);
      expect((await admit(ledger(), two, 1)).kept).toMatchObject({ consistent: false, check: 'near-duplicate' });
      expect(await admit(ledger(), one, 0)).toEqual({ seen: [], kept: first.kept });
      await expect(admit(ledger(), { ...one, content: aBlobRef('9') })).rejects.toThrow(LedgerConflictError);
    });

    it('never accepts more than it may, however many are judged at once', async () => {
      const ids = Array.from({ length: 12 }, (_, index) => `bug-${index}`);
      const verdicts = await Promise.all(ids.map((artifactId) => admit(ledger(), anArtifact({ artifactId }), 3)));
      expect(verdicts.filter(({ kept }) => kept.consistent)).toHaveLength(3);
    });

    it('knows which bugs were there before one', async () => {
      for (const artifactId of ['b', 'a', 'c']) {
        await admit(ledger(), anArtifact({ artifactId }));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const before = async (artifactId: string, runId: string | null = 'run') =>
        (await ledger().listLibrary(anArtifact({ artifactId, runId }))).map((entry) => entry.artifactId);
      expect([await before('b'), await before('a'), await before('c')]).toEqual([[], ['b'], ['b', 'a']]);
      expect(await before('c', null)).toEqual([]);
    });

    it('is listed by id, and found by content', async () => {
      await admit(ledger(), anArtifact({ artifactId: 'b', contentId: 'same' }));
      await admit(ledger(), anArtifact({ artifactId: 'a', contentId: 'other' }));
      await admit(ledger(), anArtifact({ artifactId: 'c', contentId: 'same', consistent: false, subject: 'boltons' }));
      const ids = (filter: Partial<Parameters<Ledger['listArtifactIds']>[0]>) =>
        ledger().listArtifactIds({ limit: 10, ...filter });
      expect(await ids({})).toEqual(['a', 'b', 'c']);
      expect(await ids({ after: 'a', limit: 1 })).toEqual(['b']);
      expect(await ids({ consistent: true, runId: 'run' })).toEqual(['a', 'b']);
      expect(await ids({ subject: 'boltons' })).toEqual(['c']);
      expect(await ledger().findArtifactByContent('same')).toMatchObject({ artifactId: 'b' });
      expect(await ledger().findArtifactByContent('none')).toBeUndefined();
    });
  });

  describe('revalidations', () => {
    beforeEach(async () => {
      await openAll(ledger());
      await recordArtifact(ledger(), anArtifact());
    });
    const aRevalidation = (changes: Partial<RevalidationRow> = {}): RevalidationRow => ({
      ...{ revalidationId: 'first', artifactId: 'artifact', validatorVersion: '2' },
      ...{ verdict: 'inconsistent', check: 'parser', detail: 'no JSON' },
      ...{ checks: aBlobRef('3'), facts: null, endedAt: AT },
      ...changes,
    });

    it('are kept beside the verdict that was paid on, once each', async () => {
      await ledger().recordRevalidation(aRevalidation());
      await ledger().recordRevalidation(aRevalidation({ endedAt: LATER, checks: null }));
      expect(await ledger().listRevalidations('artifact')).toEqual([aRevalidation()]);
      const other = ledger().recordRevalidation(aRevalidation({ verdict: 'consistent', check: null }));
      await expect(other).rejects.toThrow(LedgerConflictError);
      expect(await ledger().findArtifact('artifact')).toEqual(anArtifact());
    });

    it('are found by artifact and version, the latest that came to a verdict', async () => {
      await ledger().recordRevalidation(aRevalidation());
      await ledger().recordRevalidation(aRevalidation({ revalidationId: 'second', endedAt: LATER, check: 'artifact' }));
      await ledger().recordRevalidation(aRevalidation({ revalidationId: 'third', verdict: 'not-done', check: null }));
      const found = await ledger().findRevalidation({ artifactId: 'artifact', validatorVersion: '2' });
      expect(found).toMatchObject({ revalidationId: 'second' });
      expect(await ledger().findRevalidation({ artifactId: 'artifact', validatorVersion: '3' })).toBeUndefined();
      expect([...(await ledger().listRevalidationIds())].sort()).toEqual(['first', 'second', 'third']);
      expect((await ledger().listRevalidations('artifact')).map(({ revalidationId }) => revalidationId)).toEqual([
        'first',
        'third',
        'second',
      ]);
    });

    it('are listed beside what was paid on, of the artifacts that were chosen', async () => {
      await recordArtifact(ledger(), anArtifact({ artifactId: 'refused', consistent: false, check: 'parser' }));
      const second = aRevalidation({ revalidationId: 'second', endedAt: LATER, verdict: 'consistent', check: null });
      await ledger().recordRevalidation(second);
      await ledger().recordRevalidation(aRevalidation());
      await ledger().recordRevalidation(aRevalidation({ artifactId: 'refused' }));
      const listed = (filter: Omit<Parameters<Ledger['listRevalidated']>[0], 'validatorVersion'>) =>
        ledger().listRevalidated({ validatorVersion: '2', ...filter });
      const artifact = {
        artifactId: 'artifact',
        subject: 'toolz',
        consistent: true,
        check: null,
        validatorVersion: '1',
      };
      const accepted = [
        { artifact, revalidation: aRevalidation() },
        { artifact, revalidation: second },
      ];
      const refused = {
        artifact: { ...artifact, artifactId: 'refused', consistent: false, check: 'parser' },
        revalidation: aRevalidation({ artifactId: 'refused' }),
      };
      expect(await listed({})).toEqual([...accepted, refused]);
      expect(await listed({ consistent: true, runId: 'run', subject: 'toolz' })).toEqual(accepted);
      expect(await listed({ artifactIds: ['refused'] })).toEqual([refused]);
      expect([await listed({ artifactIds: [] }), await listed({ runId: 'other' })]).toEqual([[], []]);
      expect(await ledger().listRevalidated({ validatorVersion: '3' })).toEqual([]);
    });

    it('are of artifacts that are there', async () => {
      const recording = ledger().recordRevalidation(aRevalidation({ artifactId: 'nowhere' }));
      await expect(recording).rejects.toThrow(LedgerConflictError);
    });
  });
}
