import { z } from 'zod';

/** Content by its hash, as a column of the ledger names it. */
const reference = z
  .string()
  .transform((text) => z.object({ sha256: z.string(), bytes: z.number() }).parse(JSON.parse(text)));
const optional = reference.nullable();

/** The tables of the ledger as the audit reads them: by their columns, with nothing of the code that writes them. */
export const TABLES = {
  runs: z.object({ run_id: z.string(), outcome: z.string().nullable() }),
  injection_groups: z.object({ group_id: z.string(), run_id: z.string(), settled_at: z.string().nullable() }),
  episodes: z.object({
    episode_id: z.string(),
    run_id: z.string(),
    group_id: z.string().nullable(),
    parent_artifact_id: z.string().nullable(),
    seed: z.number(),
    outcome: z.string().nullable(),
    verdict: z.string().nullable(),
    check: z.string().nullable(),
    solve_rate: z.number().nullable(),
    ended_at: z.string().nullable(),
  }),
  rollouts: z.object({
    rollout_id: z.string(),
    episode_id: z.string(),
    role: z.string(),
    attempt: z.number(),
    epoch: z.number(),
    outcome: z.string().nullable(),
    submission: optional,
    trajectory: optional,
  }),
  intents: z.object({ rollout_id: z.string(), turn: z.number(), epoch: z.number() }),
  turns: z.object({
    rollout_id: z.string(),
    turn: z.number(),
    epoch: z.number(),
    reply: reference,
    observation: optional,
    snapshot: optional,
    saved_at: z.string().nullable(),
  }),
  repeats: z.object({ rollout_id: z.string(), turn: z.number() }),
  artifacts: z.object({
    artifact_id: z.string(),
    episode_id: z.string().nullable(),
    consistent: z.number(),
    check: z.string().nullable(),
    content: reference,
    facts: reference,
  }),
  attempts: z.object({
    attempt_id: z.string(),
    episode_id: z.string(),
    attempt: z.number(),
    rollout_id: z.string(),
    outcome: z.string(),
    patch: optional,
    report: optional,
  }),
  rewards: z.object({
    episode_id: z.string(),
    role: z.string(),
    attempt: z.number(),
    rollout_id: z.string(),
    reward: z.number(),
    advantage: z.number().nullable(),
  }),
} as const;

export type TableName = keyof typeof TABLES;
export type Row<Name extends TableName> = z.infer<(typeof TABLES)[Name]>;
export type LedgerTables = { readonly [Name in TableName]: readonly Row<Name>[] };

/** What a turn's blobs say, and which blobs are not there. */
export interface Content {
  /** By rollout and turn (`turnKey`). */
  readonly replies: ReadonlyMap<string, string>;
  readonly observations: ReadonlyMap<string, string>;
  /** Blobs that the ledger names and nobody has, or whose content is not what their hash says. */
  readonly missing: readonly string[];
}

/** One execution of a workflow, from its history. */
export interface Execution {
  readonly workflowId: string;
  readonly executionId: string;
  readonly type: string;
  /** As Temporal writes it: `COMPLETED`, `RUNNING`, `CONTINUED_AS_NEW`. */
  readonly status: string;
  /** Activities that have completed, by their type, once for each completion. */
  readonly completed: readonly string[];
  /** Child workflows that it has started, once for each start. */
  readonly children: readonly string[];
}

/** One request that the model was sent, by the model's own log. */
export interface ModelCall {
  /** Stands in the text of the reply, so that a journaled reply tells which call it was. */
  readonly id: string;
  readonly rolloutId: string;
  readonly turn: number;
  /** When it was asked, in an order of all that the model noted. */
  readonly asked: number;
  /** When a whole and valid reply was handed to the network; null where none was. */
  readonly answered: number | null;
}

/** What a command wrote about itself from inside its sandbox, in the order in which it came out. */
export interface CommandTrace {
  readonly rolloutId: string;
  readonly turn: number;
  /** Tells one sandbox from every other, a restored one from the one before it. */
  readonly sandbox: string;
}

/** What an episode comes to without faults, by its place in its run (`episode-0`). */
export type Reference = ReadonlyMap<string, EpisodeEnd>;

export interface EpisodeEnd {
  readonly verdict: string | null;
  readonly check: string | null;
  readonly solveRate: number | null;
  /** `injector 0: 0.1`, `solver 1 solved: 1`, in order. */
  readonly results: readonly string[];
}

/** Everything that the audit looks at. */
export interface Evidence {
  readonly ledger: LedgerTables;
  readonly content: Content;
  readonly executions: readonly Execution[];
  readonly calls: readonly ModelCall[];
  readonly traces: readonly CommandTrace[];
  readonly reference: Reference;
  /** Runs that somebody cancelled: their episodes may end as cancelled. */
  readonly cancelledRuns: ReadonlySet<string>;
  /** Processes, containers, mounts and directories that are still there when everything has ended. */
  readonly remains: readonly string[];
}

export function turnKey({ rollout_id, turn }: { readonly rollout_id: string; readonly turn: number }): string {
  return `${rollout_id}#${turn}`;
}
