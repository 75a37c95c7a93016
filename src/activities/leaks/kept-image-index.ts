import { createHash } from 'node:crypto';

import { z } from 'zod';

import type { Configuration } from '../../config/configuration.ts';
import { ImageNotFoundError, SandboxUnavailableError } from '../../domain/failure/errors.ts';
import type { ImageIndex } from '../../domain/leaks/image-index.ts';
import type { Subject } from '../../domain/subject/subject.ts';
import type { CommandResult, Sandbox } from '../../sandbox/sandbox.ts';
import type { Store } from '../../store/store.ts';
import { outputText } from '../services/command-output.ts';
import { getJson, putJson } from '../services/json-blobs.ts';
import type { Progress } from '../services/progress.ts';
import { withSandbox, type Owner } from '../services/sandbox-request.ts';
import type { Services } from '../services/services.ts';
import { startSharedWork, type SharedWork } from '../services/shared-work.ts';
import { runPython } from '../tree/run-python.ts';

export interface IndexedSubject {
  readonly owner: Owner;
  readonly subject: Subject;
  readonly sandbox: Configuration['sandbox'];
}

/** Raised whenever the program finds other places: an index of another version is made anew. */
const INDEX_VERSION = '4';

/** Of a processor. It reads about 100 MB a second, so images of some GB take a minute; ten are for the largest there are. */
const READING_SECONDS = 600;
/** What the program needs beside its own limit, to start, to wait for a disk and to print. */
const GRACE_MS = 60_000;
/** A tree of 20,000 files takes 2 MB, and each place of a copy some KB. */
const INDEX_CAP_BYTES = 64 * 1024 * 1024;
/** Beyond this the subject's text lies about the image by the thousands, and no solver could be kept from it. */
const MOST_PLACES = 20_000;
/** Kernel interfaces, and the tools that container sandboxes bring: nothing of the image. */
const NOT_OF_THE_IMAGE = ['/proc', '/sys', '/dev', '/.selfplay'];

/** Indexes that this process has read, so that a question costs milliseconds. A few subjects are played at a time. */
const REMEMBERED = 16;
const remembered = new WeakMap<Store, Map<string, SharedWork<ImageIndex>>>();

/**
 * The content index of a subject's image: from memory, from the store, or made now in a fresh sandbox, once for each
 * image (docs/specification.md#second-copies). Whoever asks meanwhile waits for the same one; it is made as long as
 * somebody waits.
 *
 * It fails closed: where it cannot be made, no solver is let in. What the image is to blame for (its size) is an
 * `ImageNotFoundError`, what the machine is (too slow) a `SandboxUnavailableError`; neither is ever a solver's loss.
 */
export async function imageIndexOf(services: Services, input: IndexedSubject, progress: Progress): Promise<ImageIndex> {
  const { source, repoRoot = '', agentUser = '' } = input.subject;
  const { fingerprint, hostDirectories } = await services.sandboxes.identify(source);
  const imageKey = createHash('sha256')
    .update([INDEX_VERSION, fingerprint, repoRoot, agentUser].join('\0'))
    .digest('hex');
  // Nothing is started for who has left already.
  progress.signal.throwIfAborted();
  const wanted = { ...input, imageKey, hostDirectories };
  const known = knownOf(services.store);
  const found = known.get(imageKey);
  const index =
    found === undefined || found.over
      ? startSharedWork((signal) => findOrMake(services, wanted, { signal, say: untilAborted(progress) }))
      : found;
  known.delete(imageKey);
  known.set(imageKey, index);
  for (const [oldest] of known) if (known.size > REMEMBERED) known.delete(oldest);
  if (index === found && !index.done) progress.say(`waiting for the content index of ${input.subject.name}`);
  return index.join(progress.signal);
}

/** Who started the work may have left while others wait for it. */
function untilAborted({ signal, say }: Progress): Progress['say'] {
  return (what) => {
    if (!signal.aborted) say(what);
  };
}

function knownOf(store: Store): Map<string, SharedWork<ImageIndex>> {
  const known = remembered.get(store) ?? new Map<string, SharedWork<ImageIndex>>();
  remembered.set(store, known);
  return known;
}

type WantedIndex = IndexedSubject & { readonly imageKey: string; readonly hostDirectories: readonly string[] };

async function findOrMake(services: Services, wanted: WantedIndex, progress: Progress): Promise<ImageIndex> {
  const { blobs, ledger } = services.store;
  const kept = await ledger.findImageIndex(wanted.imageKey);
  if (kept !== undefined) return getJson<ImageIndex>(blobs, kept.content);
  progress.say(`reading the image of ${wanted.subject.name} for second copies of its source`);
  const index = await makeIndex(services, wanted, progress.signal);
  await ledger.recordImageIndex({ imageKey: wanted.imageKey, content: await putJson(blobs, index) });
  return index;
}

function makeIndex(services: Services, wanted: WantedIndex, signal: AbortSignal): Promise<ImageIndex> {
  const { owner, subject, sandbox: config, hostDirectories } = wanted;
  return withSandbox(services, { owner, subject, config }, (sandbox) =>
    readImage(sandbox, { name: subject.name, hostDirectories, signal }),
  );
}

/** Reads everything that the agent could in a sandbox as it stands; files get the permissions that reading takes. */
export async function readImage(
  sandbox: Sandbox,
  options: { readonly name: string; readonly hostDirectories: readonly string[]; readonly signal: AbortSignal },
): Promise<ImageIndex> {
  const { name, hostDirectories, signal } = options;
  const limits = { seconds: READING_SECONDS, places: MOST_PLACES };
  const result = await runPython(sandbox, 'leaks/image_index.py', {
    request: { treeRoot: sandbox.treeRoot, hostDirectories, skip: NOT_OF_THE_IMAGE, ...limits },
    timeoutMs: READING_SECONDS * 1000 + GRACE_MS,
    outputCapBytes: INDEX_CAP_BYTES,
    signal,
  });
  signal.throwIfAborted();
  return readIndex(result, name);
}

/** The program is ours, and so is what it prints; only whether it came to its end is in question. */
function readIndex(result: CommandResult, name: string): ImageIndex {
  const what = `the content index of ${name}, without which no solver is let in,`;
  if (result.ending !== 'exited' || result.exitCode !== 0) {
    const said = outputText(result.stderr).trim().slice(-500);
    throw new SandboxUnavailableError(
      `${what} was not made: the program ${result.ending}, ${result.exitCode ?? ''} ${said}`,
    );
  }
  if (result.stdout.droppedBytes > 0) {
    throw new ImageNotFoundError(`${what} is larger than ${INDEX_CAP_BYTES} bytes: use a smaller image`);
  }
  const answer = answerFormat.parse(JSON.parse(outputText(result.stdout)));
  if (answer.format === 'image-index-1') return answer;
  if (answer.fault === 'machine') throw new SandboxUnavailableError(`${what} was not made: ${answer.problem}`);
  throw new ImageNotFoundError(`${what} cannot be made: ${answer.problem}. Use an image with less in it`);
}

const answerFormat = z.discriminatedUnion('format', [
  z.object({ format: z.literal('problem'), fault: z.enum(['image', 'machine']), problem: z.string() }),
  z.object({
    format: z.literal('image-index-1'),
    files: z.record(z.string(), z.string()),
    windows: z.array(z.string()),
    places: z.array(
      z.object({
        path: z.string(),
        inTree: z.string().nullable(),
        kind: z.enum(['text', 'archive', 'compiled']),
        windows: z.array(z.int()),
        copyOf: z.array(z.string()),
      }),
    ),
    repositories: z.array(z.object({ path: z.string(), kind: z.string(), related: z.boolean() })),
    looked: z.record(z.string(), z.number()),
  }),
]);
