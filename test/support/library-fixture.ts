import { VALIDATOR_VERSION } from '../../src/domain/checks/validator-version.ts';
import type { FrozenBug } from '../../src/domain/library/frozen-bug.ts';
import type { ArtifactRow } from '../../src/domain/record/ledger-rows.ts';
import type { Store } from '../../src/store/store.ts';
import { anArtifact, anEpisode, aRun, aSettlement, recordArtifact } from '../store/ledger-builders.ts';
import { aConfiguration, aReference, aSubject } from './run-fixture.ts';

const FILES = {
  'test_script.sh': 'python -m pytest\n',
  'test_files.txt': 'tests/test_core.py\n',
  'test_parser.py': 'print({})\n',
  'bug_inject.diff': 'the bug\n',
  'test_weaken.diff': 'the weakening\n',
};

const FACTS: FrozenBug['facts'] = {
  artifact: { wellFormed: false, problem: 'of no interest here' },
  original: {
    tree: { files: [], symbolicLinks: [], submodules: [] },
    testFileTexts: {},
    bugFileTexts: {},
    changedByScript: [],
    runs: [
      {
        ...{ ending: 'exited', exitCode: 0, durationMs: 900, log: aReference('log') },
        reading: { valid: true, report: { passed: ['a', 'b'], failed: [] } },
      },
    ],
    parser: [],
    log: '',
  },
};

export function aFrozenBug(changes: Partial<FrozenBug> = {}): FrozenBug {
  const { treeHash, image, bugHash, sketch } = anArtifact();
  return {
    ...{ id: 'a'.repeat(64), subject: aSubject(), strategy: 'removal', solveRate: 0.5 },
    ...{ treeHash, image, bugHash, sketch, failToPass: ['a'], passToPass: ['b'], quarantined: [] },
    ...{ filesChanged: 1, linesChanged: 5, validatorVersion: VALIDATOR_VERSION, files: FILES, facts: FACTS },
    ...changes,
  };
}

/** Writes an accepted bug into the store as a run leaves it, with its run and its episode. */
export async function leaveBug(
  { ledger, blobs }: Store,
  { solveRate = 0.5, ...changes }: Partial<ArtifactRow> & { readonly solveRate?: number } = {},
): Promise<void> {
  const put = (value: unknown) => blobs.put(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
  const { episodeId = 'run/episode-0' } = changes;
  const runId = 'run';
  await ledger.openRun(aRun({ runId, config: JSON.stringify({ ...aConfiguration(), promptsHash: 'hash' }) }));
  await ledger.openEpisode(anEpisode({ episodeId: episodeId ?? '', runId, groupId: null }));
  const files = await Promise.all(Object.entries(FILES).map(async ([name, text]) => [name, await put(text)] as const));
  const artifact = anArtifact({
    ...{ artifactId: `${episodeId}/bug`, runId, episodeId, subject: 'tiny', validatorVersion: VALIDATOR_VERSION },
    content: await put({ format: 'submission-1', files: Object.fromEntries(files) }),
    facts: await put({ format: 'validation-facts-1', facts: FACTS, durationsMs: {} }),
    ...changes,
  });
  await recordArtifact(ledger, artifact);
  const settled = { episodeId: episodeId ?? '', artifactId: artifact.artifactId, solveRate };
  await ledger.settleEpisode(aSettlement({ episode: settled, rewards: [] }));
}
