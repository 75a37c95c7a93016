import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import pg from 'pg';
import { isConnectionLost, toLedgerError } from './postgres-errors.ts';
import { toStorable } from './storable-text.ts';

/**
 * A server that restarts or fails over is back within seconds. A slice of a rollout that hears of it costs an
 * incarnation, so that long is waited for here; longer outages are for the retries of activities.
 */
const RECONNECT_LIMIT_MS = 15_000;
const RECONNECT_PAUSE_MS = 250;

/**
 * kysely's driver over a pool of `pg`, with the errors of the ledger.
 *
 * kysely's own gives every connection back to the pool, also one whose server has gone silent: the next query would
 * wait behind the one that never ends. This one gives a connection up after any error that is not the server's answer.
 */
export function createPostgresDriver(pool: pg.Pool, place: string): Driver {
  const releases = new WeakMap<DatabaseConnection, () => void>();
  const say = async (connection: DatabaseConnection, words: string) => {
    await connection.executeQuery(CompiledQuery.raw(words));
  };
  return {
    init: () => Promise.resolve(),
    acquireConnection: async () => {
      const client = await connect(pool, place);
      const { connection, release } = toConnection(client, place);
      releases.set(connection, release);
      return connection;
    },
    beginTransaction: (connection) => say(connection, 'begin'),
    commitTransaction: (connection) => say(connection, 'commit'),
    rollbackTransaction: (connection) => say(connection, 'rollback'),
    releaseConnection: (connection) => {
      releases.get(connection)?.();
      return Promise.resolve();
    },
    destroy: () => pool.end(),
  };
}

async function connect(pool: pg.Pool, place: string): Promise<pg.PoolClient> {
  const deadline = performance.now() + RECONNECT_LIMIT_MS;
  for (;;) {
    try {
      return await pool.connect();
    } catch (error) {
      const problem = toLedgerError(error, place);
      if (!isConnectionLost(problem) || pool.ending || performance.now() > deadline) throw problem;
      await sleep(RECONNECT_PAUSE_MS);
    }
  }
}

function toConnection(client: pg.PoolClient, place: string) {
  let loss: { readonly problem: unknown } | undefined;
  const connection: DatabaseConnection = {
    executeQuery: async <Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> => {
      // The rollback after a loss would wait behind what never ends.
      if (loss) throw loss.problem;
      try {
        const said = parameters.map(toStorable);
        const { command, rowCount, rows } = await client.query<Row & pg.QueryResultRow>(sql, said);
        // `select … for update` counts rows too and changes none.
        if (!/^(INSERT|UPDATE|DELETE)$/.test(command)) return { rows };
        return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
      } catch (error) {
        const problem = toLedgerError(error, place);
        if (!(error instanceof pg.DatabaseError)) loss = { problem };
        throw problem;
      }
    },
    streamQuery: () => {
      throw new RangeError('the ledger reads no streams');
    },
  };
  return {
    connection,
    release: () => {
      client.release(loss !== undefined);
    },
  };
}
