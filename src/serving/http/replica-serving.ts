import { ServingUnavailableError, WeightsNotServedError } from '../../domain/failure/errors.ts';
import type { DirectoryPublication } from '../../domain/training/publication.ts';
import type { PublishCall, ServedWeights, Serving, ServingCall } from '../serving.ts';
import { onAll, type ReplicaWork } from './on-all.ts';
import { createReplica, type Replica, type ReplicaOptions } from './replica.ts';
import type { ReplicaProtocol } from './replica-protocol.ts';

export interface ServingOptions extends ReplicaOptions {
  /** Base URLs, with or without `/v1`; each server itself, not what shares requests out among them. */
  readonly replicas: readonly string[];
  /** Under which name the servers sample from the weights that they were started with. */
  readonly model: string;
}

/**
 * Publishes to all replicas of one kind, together and phase by phase: no replica is sampled from under new weights while
 * another one is still to load them.
 *
 * Two things have to be seen of each replica, because each of them has been seen alone where weights had not arrived: it
 * says that it has the version, and the log-probabilities of a fixed prompt are others than before.
 */
export function createReplicaServing(protocol: ReplicaProtocol, options: ServingOptions): Serving {
  const replicas = options.replicas.map((url) => createReplica(url, options));
  return {
    name: protocol.name,
    takes: protocol.takes,
    look: async (call) => ({ probes: await probe(protocol, replicas, { call, publication: undefined }) }),
    publish: async (publication, call) => {
      if (!protocol.takes.includes(publication.kind))
        throw new WeightsNotServedError(
          `${protocol.name} loads ${protocol.takes.join(' or ')}, and version ${publication.version} in ${publication.directory} is ${publication.kind}: no replica was told of it`,
        );
      const before = await probesBefore(protocol, replicas, { call, publication });
      await loadPaused(protocol, replicas, { call, publication });
      const after = await probe(protocol, replicas, { call, publication });
      if (call.changed) refuseUnchanged(publication, before, after);
      const { tidy } = protocol;
      const versions = { oldest: call.oldestSampled, newest: publication.version };
      if (tidy && publication.kind === 'lora')
        await onAll(replicas, { call, what: 'letting go of old weights' }, (replica, signal) =>
          tidy(replica, versions, signal),
        );
      return { probes: after };
    },
  };
}

interface Publishing<Call extends ServingCall = PublishCall> {
  readonly call: Call;
  readonly publication: DirectoryPublication;
}

/** A replica that was not there before is asked now, unless it has the version already. */
async function probesBefore(
  protocol: ReplicaProtocol,
  replicas: readonly Replica[],
  { call, publication }: Publishing,
): Promise<ServedWeights['probes']> {
  const kept = call.before.probes;
  const fresh: Record<string, readonly number[]> = {};
  const unknown = replicas.filter(({ url }) => kept[url] === undefined);
  await onAll(unknown, { call, what: 'looking at replicas that are new' }, async (replica, signal) => {
    const states = protocol.statesVersion(publication);
    if (states && (await protocol.versionProblem(replica, publication, signal)) === undefined) return;
    fresh[replica.url] = await protocol.probe(replica, undefined, signal);
  });
  return { ...kept, ...fresh };
}

async function loadPaused(
  protocol: ReplicaProtocol,
  replicas: readonly Replica[],
  { call, publication }: Publishing,
): Promise<void> {
  const { pause, resume } = protocol;
  const of = `version ${publication.version}`;
  let failure: unknown;
  try {
    if (pause) await onAll(replicas, { call, what: 'pausing' }, pause);
    await onAll(replicas, { call, what: `loading ${of} from ${publication.directory}` }, (replica, signal) =>
      protocol.load(replica, publication, signal),
    );
    await onAll(replicas, { call, what: `asking for ${of}` }, async (replica, signal) => {
      const problem = await protocol.versionProblem(replica, publication, signal);
      if (problem !== undefined) throw new WeightsNotServedError(`${replica.url} does not have ${of}: ${problem}`);
    });
  } catch (error) {
    failure = error;
  }
  // A pause that was not answered may have been heard.
  const paused = resume ? await resumeAll(replicas, call, resume) : undefined;
  if (failure !== undefined) throw withPaused(failure, paused, call);
  if (paused !== undefined) throw new ServingUnavailableError(paused);
}

/** Which replicas are still paused, and why; undefined when none is. Whoever waited may be gone: they are resumed all the same. */
async function resumeAll(
  replicas: readonly Replica[],
  { say }: ServingCall,
  resume: ReplicaWork,
): Promise<string | undefined> {
  try {
    await onAll(replicas, { call: { say, signal: new AbortController().signal }, what: 'resuming' }, resume);
    return undefined;
  } catch (error) {
    return `still paused: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function withPaused(failure: unknown, paused: string | undefined, { say }: ServingCall): unknown {
  if (paused === undefined) return failure;
  say(paused);
  if (failure instanceof WeightsNotServedError)
    return new WeightsNotServedError(`${failure.message}; ${paused}`, { cause: failure });
  if (failure instanceof ServingUnavailableError)
    return new ServingUnavailableError(`${failure.message}; ${paused}`, { cause: failure });
  return failure;
}

async function probe(
  protocol: ReplicaProtocol,
  replicas: readonly Replica[],
  { call, publication }: { call: ServingCall; publication: DirectoryPublication | undefined },
): Promise<ServedWeights['probes']> {
  const probes: Record<string, readonly number[]> = {};
  await onAll(replicas, { call, what: 'probing' }, async (replica, signal) => {
    probes[replica.url] = await protocol.probe(replica, publication, signal);
  });
  return probes;
}

function refuseUnchanged(
  { version }: DirectoryPublication,
  before: ServedWeights['probes'],
  after: ServedWeights['probes'],
): void {
  const unchanged = Object.entries(after).filter(([url, logprobs]) => same(before[url], logprobs));
  if (unchanged.length === 0) return;
  throw new WeightsNotServedError(
    `${unchanged.map(([url]) => url).join(', ')} still ${unchanged.length === 1 ? 'samples' : 'sample'} from the weights before version ${version}: every log-probability of a fixed prompt is what it was, though the weights are said to be loaded`,
  );
}

function same(one: readonly number[] | undefined, other: readonly number[]): boolean {
  return one?.length === other.length && one.every((value, index) => value === other[index]);
}
