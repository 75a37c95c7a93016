import type { RunRow } from '../../domain/record/ledger-rows.ts';
import type { Store } from '../../store/store.ts';
import type { TrainingProgress } from '../../workflows/messages.ts';
import type { CommandContext } from '../command/command-context.ts';
import { CommandFailure, EXIT } from '../command/exit-codes.ts';
import { formatTime, NONE } from '../text/format-values.ts';
import { writeJson, type Output } from '../text/output.ts';
import { repeatFields, toRepeatSummary, type RepeatSummary } from '../records/repeat-summary.ts';
import { STRATEGY_COLUMNS } from './render-run-report.ts';
import { toRunReport, type StrategyTotals } from './run-report.ts';
import { createRunReader, type EpisodeSnapshot, type RunSnapshot } from './run-snapshot.ts';
import { fields, heading } from '../text/sections.ts';
import { renderTable } from '../text/table.ts';
import { oneLine } from '../text/visible-text.ts';
import type { WaitingRollout } from '../command/temporal-access.ts';
import { targetFor, type TargetOptions } from '../temporal/temporal-target.ts';
import { withStore } from '../command/read-store.ts';

export interface StatusOptions extends TargetOptions {
  readonly json?: boolean;
  readonly stuck?: boolean;
}

/** What `status --json` writes (docs/json-output.md). */
export interface StatusDocument {
  readonly run: Pick<RunRow, 'outcome' | 'seed' | 'startedAt' | 'endedAt'> & { readonly id: string };
  readonly injectionGroups: { readonly started: number; readonly total: number | null };
  readonly episodes: {
    readonly started: number;
    readonly ended: number;
    readonly consistent: number;
    readonly inconsistent: number;
    readonly secondOrder: number;
    readonly lost: number;
  };
  readonly inFlight: readonly EpisodeInFlight[];
  readonly strategies: readonly StrategyTotals[];
  /** Model calls that were begun and never answered. */
  readonly lostReplies: number;
  readonly repeats: RepeatSummary;
  /** What the workflow itself says; null when no server or no worker answers. */
  readonly live: TrainingProgress | null;
  /** A few of the rollouts that wait for something outside. */
  readonly waiting: readonly WaitingRollout[];
}

export interface EpisodeInFlight {
  readonly id: string;
  readonly subject: string;
  readonly strategy: string;
  readonly order: number;
  readonly phase: string;
  readonly attempts: EpisodeSnapshot['attempts'] & { readonly total: number | null };
}

/** Where a run stands: the newest one, unless one is named. */
export async function showStatus(
  context: CommandContext,
  runId: string | undefined,
  options: StatusOptions,
): Promise<number> {
  const document = await withStore(context, async ({ ledger }) => {
    const id = runId ?? (await ledger.listRunIds())[0];
    const run = id === undefined ? undefined : await ledger.findRun(id);
    if (run === undefined) return undefined;
    const told = run.outcome === null ? await queryLive(context, run.runId, options) : NOTHING_TOLD;
    return readStatus({ ledger }, run, told);
  });
  if (document === undefined && runId !== undefined) {
    throw new CommandFailure(`there is no run ${runId}; \`selfplay status\` shows the newest one`, EXIT.usage);
  }
  if (options.json === true) writeJson(context.output, document ?? { run: null });
  else context.output.write(document === undefined ? NO_RUN : renderStatus(document, context.output));
  return EXIT.ok;
}

const NO_RUN = 'no run yet; start one with `selfplay demo`, or `selfplay up` and `selfplay run CONFIG`\n';

/** What only the server knows. */
type Told = Pick<StatusDocument, 'live' | 'waiting'>;

const NOTHING_TOLD: Told = { live: null, waiting: [] };

/** Best effort: the ledger has an answer without it. */
async function queryLive(
  { backends, environment }: CommandContext,
  runId: string,
  options: TargetOptions,
): Promise<Told> {
  try {
    const temporal = await backends.connectTemporal(targetFor(backends, environment, options));
    try {
      const live = (await temporal.queryTraining(runId)) ?? null;
      return { live, waiting: await temporal.listWaiting(runId) };
    } finally {
      await temporal.close();
    }
  } catch (error) {
    if (error instanceof CommandFailure) return NOTHING_TOLD;
    throw error;
  }
}

async function readStatus({ ledger }: Pick<Store, 'ledger'>, run: RunRow, told: Told): Promise<StatusDocument> {
  const snapshot = await createRunReader(ledger, run.runId)();
  const ended = snapshot.episodes.map(({ episode }) => episode).filter(({ outcome }) => outcome !== null);
  const first = ended.filter(({ order }) => order === 1);
  const { runId: id, outcome, seed, startedAt, endedAt } = run;
  return {
    run: { id, outcome, seed, startedAt, endedAt },
    injectionGroups: {
      started: new Set(snapshot.episodes.flatMap(({ episode }) => episode.groupId ?? [])).size,
      total: snapshot.injectionGroups ?? null,
    },
    episodes: {
      started: snapshot.episodes.length,
      ended: ended.length,
      consistent: first.filter(({ verdict }) => verdict === 'consistent').length,
      inconsistent: first.filter(({ verdict }) => verdict === 'inconsistent').length,
      secondOrder: ended.filter(({ order }) => order === 2).length,
      lost: ended.filter((episode) => episode.outcome === 'lost').length,
    },
    inFlight: snapshot.episodes.filter(({ episode }) => episode.outcome === null).map((one) => inFlight(one, snapshot)),
    strategies: toRunReport(snapshot, { languages: new Map(), details: new Map() }, 0).strategies,
    lostReplies: await ledger.countLostReplies(id),
    repeats: toRepeatSummary(await ledger.countRepeats(id)),
    ...told,
  };
}

function inFlight({ episode, attempts }: EpisodeSnapshot, { attempts: total }: RunSnapshot): EpisodeInFlight {
  const { episodeId: id, subject, strategy, order, phase } = episode;
  return { id, subject, strategy, order, phase, attempts: { ...attempts, total: total ?? null } };
}

function renderStatus(document: StatusDocument, page: Pick<Output, 'columns' | 'colors'>): string {
  const {
    run,
    injectionGroups,
    episodes,
    inFlight: playing,
    strategies,
    lostReplies,
    repeats,
    live,
    waiting,
  } = document;
  return [
    heading(`run ${run.id}`, page),
    fields([
      ['outcome', run.outcome ?? standing(live)],
      ['started', formatTime(run.startedAt)],
      ['ended', run.endedAt === null ? NONE : formatTime(run.endedAt)],
      ['groups', `${injectionGroups.started} of ${injectionGroups.total ?? '?'} started`],
      ['episodes', `${episodes.started} started, ${episodes.ended} ended, ${episodes.lost} lost`],
      [
        'bugs',
        `${episodes.consistent} consistent, ${episodes.inconsistent} not, ${episodes.secondOrder} second order played`,
      ],
      ['replies lost', String(lostReplies)],
      ...repeatFields(repeats),
      ...(live === null ? [] : [['window', `${live.window}, ${live.waiting} recycled bugs waiting`] as const]),
    ]),
    ...(strategies.length === 0 ? [] : [heading('strategies', page), renderTable(STRATEGY_COLUMNS, strategies, page)]),
    ...(playing.length === 0 ? [] : [heading('in flight', page), renderInFlight(playing, page)]),
    ...(waiting.length === 0
      ? []
      : [heading('waiting', page), fields(waiting.map((one) => [one.rolloutId, oneLine(one.detail)]))]),
  ].join('');
}

function standing(live: TrainingProgress | null): string {
  if (live === null) return 'not ended; no worker answers, so it stands still or runs elsewhere';
  const stands = live.paused ? 'paused' : 'playing';
  return live.draining === null ? stands : `${stands}, draining: ${live.draining}`;
}

function renderInFlight(playing: readonly EpisodeInFlight[], page: Pick<Output, 'columns' | 'colors'>): string {
  return renderTable(
    [
      { title: 'episode', value: ({ id }) => id, cut: 1 },
      { title: 'subject', value: ({ subject }) => subject, cut: 2 },
      { title: 'strategy', value: ({ strategy }) => strategy },
      { title: 'order', value: ({ order }) => String(order), align: 'right' },
      { title: 'phase', value: ({ phase }) => phase },
      { title: 'solved', value: ({ attempts }) => String(attempts.solved), align: 'right' },
      { title: 'unsolved', value: ({ attempts }) => String(attempts.unsolved), align: 'right' },
      { title: 'of', value: ({ attempts }) => String(attempts.total ?? '?'), align: 'right' },
    ],
    playing,
    page,
  );
}
