import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  ApplicationFailure,
  CancelledFailure,
  Client,
  Connection,
  TerminatedFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';

import type { PayloadKey } from '../../config/payload-keys.ts';
import { SEARCH_ATTRIBUTES } from '../../domain/run/search-attributes.ts';
import { evaluationProgressQuery, revalidationProgressQuery, trainingProgressQuery } from '../../workflows/messages.ts';
import { ORCHESTRATOR_QUEUE } from '../../workflows/workflow-ids.ts';
import { dataConverterFor } from '../../workers/payload-encryption.ts';
import { connectionOptions, type TemporalConnection } from '../../workers/temporal-connection.ts';
import { CommandFailure, EXIT, messageOf } from '../command/exit-codes.ts';
import type { TemporalAccess, TrainingEnd, WaitingRollout } from '../command/temporal-access.ts';
import { listWaits, METADATA_QUERY } from './list-waits.ts';
import { noServer } from './probe-server.ts';

/** A server on this machine answers within milliseconds, one behind TLS and an ocean within a second. */
const CONNECT_TIMEOUT = '5 seconds';

/** A worker answers a query within milliseconds, after it has replayed a long history within a second. */
const QUERY_TIMEOUT_MS = 3_000;

/** A cancelled call ends within milliseconds, unless it sits between two tries. */
const CLOSE_TIMEOUT_MS = 1_000;

const SECONDS_PER_DAY = 24 * 3600;

/** Temporal's numbers for the types of search attributes (temporal.api.enums.v1.IndexedValueType). */
const INDEXED_VALUE_TYPES = { Keyword: 2, Int: 3, Double: 4 } as const;

export async function connectTemporal(
  target: TemporalConnection,
  payloadKeys?: readonly PayloadKey[],
): Promise<TemporalAccess> {
  const connection = await connect(target);
  const { namespace } = target;
  const client = new Client({ connection, namespace, ...dataConverterFor(payloadKeys) });
  const { operatorService, workflowService } = connection;
  const waits = createWaits(connection);
  return {
    startTraining: (runId, input) => start(client, 'selfPlayTraining', 'self-play training', { id: runId, input }),
    startRevalidation: (id, input) => start(client, 'artifactRevalidation', 'artifact revalidation', { id, input }),
    queryRevalidation: (id) =>
      answerOf(connection, () => client.workflow.getHandle(id).query(revalidationProgressQuery)),
    startEvaluation: (id, input) => start(client, 'policyEvaluation', 'policy evaluation', { id, input }),
    queryEvaluation: (id) => answerOf(connection, () => client.workflow.getHandle(id).query(evaluationProgressQuery)),
    awaitEnd: (runId) => waits.add(() => awaitEnd(client, runId)),
    queryTraining: (runId) => answerOf(connection, () => client.workflow.getHandle(runId).query(trainingProgressQuery)),
    listWaiting: (runId) => listWaiting(client, connection, runId),
    listWaits: (runId) => listWaits(client, connection, { runId, answerMs: QUERY_TIMEOUT_MS }),
    listOpenTrainings: async () => {
      const open: string[] = [];
      const query = 'WorkflowType = "selfPlayTraining" AND ExecutionStatus = "Running"';
      for await (const { workflowId } of client.workflow.list({ query })) open.push(workflowId);
      return open;
    },
    cancelTraining: async (runId) => {
      await client.workflow.getHandle(runId).cancel();
    },
    terminateTraining: async (runId, reason) => {
      await client.workflow.getHandle(runId).terminate(reason);
    },
    missingSearchAttributes: async () => {
      const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
      return Object.keys(SEARCH_ATTRIBUTES).filter((name) => customAttributes[name] === undefined);
    },
    createSearchAttributes: async (names) => {
      const wanted = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => names.includes(name));
      const searchAttributes = Object.fromEntries(wanted.map(([name, type]) => [name, INDEXED_VALUE_TYPES[type]]));
      await operatorService.addSearchAttributes({ namespace, searchAttributes });
    },
    retentionDays: async () => {
      const { config } = await workflowService.describeNamespace({ namespace });
      return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / SECONDS_PER_DAY;
    },
    serverVersion: async () => (await workflowService.getSystemInfo({})).serverVersion,
    close: () => waits.close(),
  };
}

async function connect(target: TemporalConnection): Promise<Connection> {
  const { address, namespace } = target;
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ ...connectionOptions(target), connectTimeout: CONNECT_TIMEOUT });
    await connection.workflowService.describeNamespace({ namespace });
    return connection;
  } catch (error) {
    await connection?.close();
    if (connection !== undefined && /not found/i.test(messageOf(error))) {
      throw new CommandFailure(
        `the Temporal server at ${address} has no namespace "${namespace}". Create it (temporal operator namespace create --namespace ${namespace}), or name another with --namespace`,
        EXIT.usage,
      );
    }
    throw noServer(address, error);
  }
}

/**
 * Calls that wait for long, and a close that ends them first: the client retries a call on a timer, and one that finds its
 * channel shut down ends the whole process.
 */
function createWaits(connection: Connection) {
  const closing = new AbortController();
  // The client adds a listener with each of its long polls, and takes none away.
  setMaxListeners(0, closing.signal);
  const pending = new Set<Promise<unknown>>();
  return {
    add: <Result>(wait: () => Promise<Result>): Promise<Result> => {
      const waiting = connection.withAbortSignal(closing.signal, wait);
      pending.add(waiting);
      const done = () => pending.delete(waiting);
      waiting.then(done, done);
      return waiting;
    },
    close: async () => {
      closing.abort();
      const settled = Promise.allSettled(pending).then(() => true);
      // A connection that is left open ends with the process.
      if (await Promise.race([settled, sleep(CLOSE_TIMEOUT_MS, false)])) await connection.close();
    },
  };
}

async function start(
  client: Client,
  type: 'selfPlayTraining' | 'artifactRevalidation' | 'policyEvaluation',
  staticSummary: string,
  { id, input }: { readonly id: string; readonly input: unknown },
): Promise<'started' | 'taken'> {
  try {
    await client.workflow.start(type, {
      taskQueue: ORCHESTRATOR_QUEUE,
      workflowId: id,
      // The ledger knows it by this id for good.
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      args: [input],
      staticSummary,
    });
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'taken';
    throw error;
  }
}

async function awaitEnd(client: Client, runId: string): Promise<TrainingEnd> {
  try {
    await client.workflow.getHandle(runId).result();
    return { status: 'completed', reason: '', invalidInput: false };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return endOf(error);
    throw error;
  }
}

function endOf({ cause }: WorkflowFailedError): TrainingEnd {
  const root = rootCause(cause);
  const invalidInput = root instanceof ApplicationFailure && (root.type ?? '').startsWith('InvalidInput');
  const reason = messageOf(root ?? 'no reason given');
  if (cause instanceof CancelledFailure) return { status: 'cancelled', reason, invalidInput };
  if (cause instanceof TerminatedFailure) return { status: 'terminated', reason, invalidInput };
  return { status: 'failed', reason, invalidInput };
}

/** The failure of the activity inside the failures that Temporal wraps around it. */
function rootCause(error: unknown): unknown {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  return root;
}

/** No worker, a closed workflow past its retention, a worker in mid-restart: the ledger still has an answer. */
async function answerOf<Answer>(connection: Connection, ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, ask);
  } catch {
    return undefined;
  }
}

/** All that wait for one endpoint say the same. */
const WAITING_SHOWN = 3;

async function listWaiting(client: Client, connection: Connection, runId: string): Promise<readonly WaitingRollout[]> {
  const waiting = `TrainingRun = ${JSON.stringify(runId)} AND WaitingFor IS NOT NULL AND ExecutionStatus = "Running"`;
  const found: WaitingRollout[] = [];
  try {
    await connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, async () => {
      for await (const { workflowId } of client.workflow.list({ query: waiting, pageSize: WAITING_SHOWN })) {
        const metadata = await client.workflow.getHandle(workflowId).query<{ currentDetails?: string }>(METADATA_QUERY);
        found.push({ rolloutId: workflowId, detail: metadata.currentDetails ?? '' });
        if (found.length >= WAITING_SHOWN) break;
      }
    });
  } catch {
    // Only the story beside the ledger's facts: no worker or no server, no story.
  }
  return found;
}
