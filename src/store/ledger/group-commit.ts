import { sql, type Transaction } from 'kysely';

type Write<Tables> = <Result>(work: (transaction: Transaction<Tables>) => Promise<Result>) => Promise<Result>;

/** A write that waits for its transaction. */
interface WaitingWrite<Tables> {
  /** Throws what the write throws; what it returns says how to answer its caller once that is committed. */
  run(transaction: Transaction<Tables>): Promise<Answer>;
  fail(error: unknown): void;
}

type Answer = () => void;

type Transact<Tables> = (work: (transaction: Transaction<Tables>) => Promise<void>) => Promise<void>;

/**
 * Lets writes that come in one turn of the event loop share a transaction. One that throws undoes only itself: then all
 * of them run again, each in a savepoint of its own, which costs two statements more. A caller hears of success after the
 * commit.
 *
 * For databases with a single writer. Where rows are locked one by one, writes that share a transaction could
 * deadlock with those of another process.
 */
export function createGroupCommit<Tables>(transact: Transact<Tables>): {
  readonly write: Write<Tables>;
  readonly settled: () => Promise<void>;
} {
  let waiting: WaitingWrite<Tables>[] = [];
  let committing = Promise.resolve();

  const commit = async () => {
    const writes = waiting;
    waiting = [];
    try {
      const answers = (await runTogether(transact, writes)) ?? (await runApart(transact, writes));
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
            const result = await work(transaction);
            return () => {
              resolve(result);
            };
          },
          fail: reject,
        });
        if (waiting.length === 1) committing = committing.then(nextTurn).then(commit);
      }),
    settled: () => committing,
  };
}

/** Undefined when one of several writes has thrown, and nothing of them is kept. */
async function runTogether<Tables>(
  transact: Transact<Tables>,
  writes: readonly WaitingWrite<Tables>[],
): Promise<readonly Answer[] | undefined> {
  const answers: Answer[] = [];
  const standing = { at: 'its start' };
  try {
    await transact(async (transaction) => {
      // Anew, should the transaction be tried again.
      answers.length = 0;
      standing.at = 'a write';
      for (const write of writes) answers.push(await write.run(transaction));
      standing.at = 'its end';
    });
    return answers;
  } catch (error) {
    if (standing.at === 'a write' && writes.length > 1) return undefined;
    throw error;
  }
}

async function runApart<Tables>(
  transact: Transact<Tables>,
  writes: readonly WaitingWrite<Tables>[],
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  await transact(async (transaction) => {
    answers.length = 0;
    for (const write of writes) answers.push(await runInSavepoint(transaction, write));
  });
  return answers;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function runInSavepoint<Tables>(transaction: Transaction<Tables>, write: WaitingWrite<Tables>): Promise<Answer> {
  await sql`savepoint one_write`.execute(transaction);
  try {
    const answer = await write.run(transaction);
    await sql`release savepoint one_write`.execute(transaction);
    return answer;
  } catch (error) {
    await undo(transaction, error);
    return () => {
      write.fail(error);
    };
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
