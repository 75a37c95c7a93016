import { sql, type Transaction } from 'kysely';

type Write<Tables> = <Result>(work: (transaction: Transaction<Tables>) => Promise<Result>) => Promise<Result>;

/** A write that waits for its transaction: `run` says how to answer its caller once that is committed. */
interface WaitingWrite<Tables> {
  run(transaction: Transaction<Tables>): Promise<() => void>;
  fail(error: unknown): void;
}

/**
 * Lets writes that come in one turn of the event loop share a transaction, each in a savepoint of its own, so that
 * one that throws undoes only itself. A caller hears of success after the commit.
 *
 * For databases with a single writer. Where rows are locked one by one, writes that share a transaction could
 * deadlock with those of another process.
 */
export function createGroupCommit<Tables>(
  transact: (work: (transaction: Transaction<Tables>) => Promise<void>) => Promise<void>,
): { readonly write: Write<Tables>; readonly settled: () => Promise<void> } {
  let waiting: WaitingWrite<Tables>[] = [];
  let committing = Promise.resolve();

  const commit = async () => {
    const writes = waiting;
    waiting = [];
    try {
      let answers: (() => void)[] = [];
      await transact(async (transaction) => {
        // Anew, should the transaction be tried again.
        answers = [];
        for (const write of writes) answers.push(await write.run(transaction));
      });
      for (const answer of answers) answer();
    } catch (error) {
      for (const write of writes) write.fail(error);
    }
  };

  return {
    write: (work) =>
      new Promise((resolve, reject) => {
        waiting.push({
          run: async (transaction) => {
            const outcome = await runInSavepoint(transaction, work);
            return outcome.done
              ? () => {
                  resolve(outcome.result);
                }
              : () => {
                  reject(outcome.error);
                };
          },
          fail: reject,
        });
        if (waiting.length === 1) committing = committing.then(nextTurn).then(commit);
      }),
    settled: () => committing,
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function runInSavepoint<Tables, Result>(
  transaction: Transaction<Tables>,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
): Promise<{ readonly done: true; readonly result: Result } | { readonly done: false; readonly error: Error }> {
  await sql`savepoint one_write`.execute(transaction);
  try {
    const result = await work(transaction);
    await sql`release savepoint one_write`.execute(transaction);
    return { done: true, result };
  } catch (error) {
    await undo(transaction, error);
    return { done: false, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** A disk that is full rolls the whole transaction back: then there is no savepoint left, and the first error counts. */
async function undo<Tables>(transaction: Transaction<Tables>, cause: unknown): Promise<void> {
  try {
    await sql`rollback to savepoint one_write`.execute(transaction);
    await sql`release savepoint one_write`.execute(transaction);
  } catch {
    throw cause;
  }
}
