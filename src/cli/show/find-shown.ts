import type {
  ArtifactRow,
  AttemptRow,
  EpisodeRow,
  RepeatCounts,
  RepeatRow,
  RolloutRow,
  RunRow,
  TurnRow,
} from '../../domain/record/ledger-rows.ts';
import { signNames, tamperingSigns } from '../../domain/steering/tampering-signs.ts';
import type { Store } from '../../store/store.ts';
import { readBugFiles } from '../records/bug-files.ts';
import { toEpisodeDocument, type EpisodeDocument } from '../records/episode-document.ts';
import { readPlayed } from '../records/played-episodes.ts';
import { toRepeatSummary } from '../records/repeat-summary.ts';
import { rewardLines, type RewardLine } from '../records/reward-arithmetic.ts';
import { readRunConfig } from '../records/kept-run-config.ts';
import {
  toCheckDocument,
  type AttemptSummary,
  type PromptMessage,
  type RolloutSummary,
  type RolloutUsage,
  type RunDocument,
  type SecondOrderSummary,
  type ShownBug,
  type ShownDocument,
  type ShownEpisode,
  type ShownRevalidation,
  type ShownRollout,
  type TurnDocument,
  type TurnRepeat,
} from './show-documents.ts';
import { factsFormat, stateSummaries, testStates } from './test-states.ts';
import { observationFormat, promptFormat, readStored, readText, replyFormat } from '../records/stored-formats.ts';

type Readable = Pick<Store, 'blobs' | 'ledger'>;

/**
 * Everything about what an id names: a run, an episode, a bug, a rollout, or an attempt (its rollout). An id without
 * its run (`episode-3`, `episode-3/bug`) is looked for in the newest one.
 */
export async function findShown(store: Readable, id: string): Promise<ShownDocument | undefined> {
  return firstNamed(store, id, (name) => findExactly(store, name));
}

/** What has the id itself, else what has it in the newest run. */
export async function firstNamed<Found>(
  { ledger }: Pick<Store, 'ledger'>,
  id: string,
  find: (id: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const exact = await find(id);
  if (exact !== undefined) return exact;
  const [newest] = await ledger.listRunIds();
  return newest === undefined ? undefined : find(`${newest}/${id}`);
}

async function findExactly(store: Readable, id: string): Promise<ShownDocument | undefined> {
  const { ledger } = store;
  const run = await ledger.findRun(id);
  if (run !== undefined) return readRun(store, run);
  const episode = await ledger.findEpisode(id);
  if (episode !== undefined) return readEpisode(store, episode);
  const artifact = (await ledger.findArtifact(id)) ?? (await findByContent(store, id));
  if (artifact !== undefined) return readBug(store, artifact);
  const rollout = await ledger.findRollout(id);
  if (rollout !== undefined) return readRollout(store, rollout);
  const attempt = await findAttempt(store, id);
  const played = attempt === undefined ? undefined : await ledger.findRollout(attempt.rolloutId);
  return played === undefined ? undefined : readRollout(store, played);
}

/** A content id is a SHA-256 in hex; the first artifact with that content is shown. */
async function findByContent({ ledger }: Readable, id: string): Promise<ArtifactRow | undefined> {
  return /^[0-9a-f]{64}$/.test(id) ? ledger.findArtifactByContent(id) : undefined;
}

/** An attempt's id is its episode's with one part more. */
async function findAttempt({ ledger }: Readable, id: string): Promise<AttemptRow | undefined> {
  const slash = id.lastIndexOf('/');
  if (slash < 0) return undefined;
  return (await ledger.listAttempts(id.slice(0, slash))).find(({ attemptId }) => attemptId === id);
}

async function readRun({ ledger }: Pick<Store, 'ledger'>, run: RunRow): Promise<RunDocument> {
  const { runId, outcome, seed, startedAt, endedAt } = run;
  const config: unknown = JSON.parse(run.config);
  return {
    kind: 'run',
    ...{ id: runId, outcome, seed, startedAt, endedAt, config },
    lostReplies: await ledger.countLostReplies(runId),
    repeats: toRepeatSummary(await ledger.countRepeats(runId)),
    episodes: await readEpisodes({ ledger }, { runId }),
  };
}

export async function readEpisodes(
  { ledger }: Pick<Store, 'ledger'>,
  filter: { readonly runId?: string; readonly limit?: number },
): Promise<readonly EpisodeDocument[]> {
  return (await readPlayed(ledger, filter)).map(({ episode, rewards }) => toEpisodeDocument(episode, rewards));
}

async function readEpisode(store: Readable, episode: EpisodeRow): Promise<ShownEpisode> {
  const { ledger } = store;
  const { episodeId } = episode;
  const turns = await ledger.countTurns(episodeId);
  const rollouts = (await ledger.listRollouts(episodeId)).map((rollout): RolloutSummary => {
    const { rolloutId, role, attempt } = rollout;
    const outcome = outcomeOf(rollout, episode);
    return { id: rolloutId, role, attempt, outcome, turns: turns.get(rolloutId) ?? 0 };
  });
  return {
    kind: 'episode',
    episode: toEpisodeDocument(episode, await ledger.listRewards(episodeId)),
    parent: episode.parentArtifactId,
    rollouts,
    attempts: await readAttempts(store, episodeId),
    rewards: await readRewardLines({ ledger }, episode),
  };
}

/** Nobody is at work on an episode that is over: its rollouts have ended with it, whether or not somebody could say so. */
function outcomeOf({ outcome }: RolloutRow, episode: EpisodeRow | undefined): string | null {
  if (outcome !== null || episode?.endedAt == null) return outcome;
  return episode.outcome === 'cancelled' ? 'cancelled' : 'lost';
}

async function readRewardLines({ ledger }: Pick<Store, 'ledger'>, episode: EpisodeRow): Promise<readonly RewardLine[]> {
  const run = await ledger.findRun(episode.runId);
  const config = run === undefined ? undefined : readRunConfig(run.config);
  return rewardLines(episode, await ledger.listRewards(episode.episodeId), config);
}

async function readBug(store: Readable, artifact: ArtifactRow): Promise<ShownBug> {
  const { ledger, blobs } = store;
  const { artifactId, subject, strategy, order, consistent, check, failToPass, passToPass, quarantined } = artifact;
  const { contentId, treeHash, validatorVersion } = artifact;
  const played = await episodeThatPlays(store, artifact);
  const secondOrder = await readSecondOrder(store, artifactId);
  const content = await readBugFiles(blobs, artifact);
  // A second-order bug is validated as what it is made of: its parent. Older versions kept no check of its own.
  const facts = await readStored(blobs, artifact.facts, factsFormat);
  const own = await ledger.listChecks(artifactId);
  const checks = own.length > 0 || order === 1 ? own : await ledger.listChecks(artifact.parentArtifactId ?? artifactId);
  return {
    kind: 'bug',
    ...{ id: artifactId, subject, strategy, order, check },
    verdict: consistent ? 'consistent' : 'inconsistent',
    episode: played?.episodeId ?? artifact.episodeId,
    ...{ contentId, treeHash, validatorVersion },
    revalidations: await readRevalidations(store, artifactId),
    filesChanged: artifact.filesChanged,
    linesChanged: artifact.linesChanged,
    checks: checks.map(toCheckDocument),
    tests: { failToPass, passToPass, quarantined },
    states: testStates(facts),
    runs: stateSummaries(facts),
    lineage: {
      parent: artifact.parentArtifactId,
      parentAttempt: artifact.parentAttemptId,
      children: secondOrder.filter(({ verdict }) => verdict === 'consistent').map(({ bug }) => bug),
    },
    secondOrder,
    attempts: played === undefined ? [] : await readAttempts(store, played.episodeId),
    rewards: played === undefined ? [] : await readRewardLines(store, played),
    signs: [content.files['bug_inject.diff'], content.failedPatch ?? undefined].flatMap(signsIn),
    ...content,
  };
}

async function readSecondOrder({ ledger }: Readable, parentId: string): Promise<readonly SecondOrderSummary[]> {
  const made = await ledger.listSecondOrder(parentId);
  return Promise.all(
    made.map(async ({ artifactId, consistent }) => ({
      bug: artifactId,
      verdict: consistent ? 'consistent' : 'inconsistent',
      detail: (await ledger.listChecks(artifactId))[0]?.detail ?? '',
    })),
  );
}

async function readRevalidations({ ledger }: Readable, artifactId: string): Promise<readonly ShownRevalidation[]> {
  return (await ledger.listRevalidations(artifactId)).map(
    ({ revalidationId, validatorVersion, verdict, check, detail }) => ({
      ...{ revalidation: revalidationId, validatorVersion, verdict, check, detail },
    }),
  );
}

/** A second-order bug is stored by the episode of its parent and played by one of its own. */
async function episodeThatPlays({ ledger }: Readable, artifact: ArtifactRow): Promise<EpisodeRow | undefined> {
  const { order, episodeId, artifactId } = artifact;
  if (order === 1) return episodeId === null ? undefined : ledger.findEpisode(episodeId);
  const [latest] = await ledger.listEpisodes({ parentArtifactId: artifactId, limit: 1 });
  return latest;
}

async function readRollout(store: Readable, rollout: RolloutRow): Promise<ShownRollout> {
  const { ledger } = store;
  const { rolloutId, episodeId, role, attempt, epoch, audit, problem, startedAt, endedAt } = rollout;
  const outcome = outcomeOf(rollout, await ledger.findEpisode(episodeId));
  const attempts = role === 'solver' ? await ledger.listAttempts(episodeId) : [];
  const graded = attempts.find((row) => row.rolloutId === rolloutId);
  const rows = await ledger.readTurns(rolloutId);
  const repeats = await ledger.listRepeats(rolloutId);
  const prompt = await readPrompt(store, rows[0]);
  const turns: TurnDocument[] = [];
  let since = startedAt;
  for (const row of rows) {
    const again = repeats.filter(({ turn }) => turn === row.turn);
    turns.push({ ...(await readTurn(store, row, since)), repeats: await readRepeats(store, again) });
    since = row.observedAt ?? row.repliedAt;
  }
  return {
    kind: 'rollout',
    ...{ id: rolloutId, episode: episodeId, role, attempt, outcome, epoch, audit, problem },
    ...{ startedAt, endedAt, prompt, turns },
    usage: usageOf(rows),
    repeats: toRepeatSummary(countFindings(repeats)),
    grade: graded === undefined ? null : await readAttempt(store, graded),
  };
}

function usageOf(rows: readonly TurnRow[]): RolloutUsage {
  const sum = (value: (row: TurnRow) => number) => rows.reduce((total, row) => total + value(row), 0);
  return {
    turns: rows.length,
    promptTokens: sum(({ promptTokens }) => promptTokens),
    completionTokens: sum(({ completionTokens }) => completionTokens),
    costUsd: sum(({ costUsd }) => costUsd),
  };
}

function countFindings(repeats: readonly RepeatRow[]): RepeatCounts {
  const count = (finding: RepeatRow['finding']) => repeats.filter((one) => one.finding === finding).length;
  return {
    ...{ same: count('same'), diverged: count('diverged') },
    ...{ unfinished: count('unfinished'), 'outcome-unknown': count('outcome-unknown') },
  };
}

async function readRepeats({ blobs }: Readable, repeats: readonly RepeatRow[]): Promise<readonly TurnRepeat[]> {
  return Promise.all(
    repeats.map(async ({ sandbox, finding, observation, at }) => ({
      ...{ sandbox, finding, at },
      observation: observation === null ? null : await readText(blobs, observation),
    })),
  );
}

/** `since`: when the turn before it ended. */
async function readTurn({ blobs }: Readable, row: TurnRow, since: string): Promise<Omit<TurnDocument, 'repeats'>> {
  const { reply } = await readStored(blobs, row.reply, replyFormat);
  const observation = row.observation === null ? null : await readStored(blobs, row.observation, observationFormat);
  const { turn, activity, policyVersion, promptTokens, completionTokens, costUsd, repliedAt, observedAt } = row;
  const recalled = observation?.recalled;
  return {
    ...{ turn, activity, policyVersion, promptTokens, completionTokens, costUsd, repliedAt, observedAt },
    replySeconds: secondsBetween(since, repliedAt),
    // By the sandbox's own clock: between reply and observation a worker may have been dead.
    toolSeconds: observation === null ? null : observation.commandMs / 1000,
    finish: reply.finish,
    reply: reply.text,
    observation: observation?.text ?? null,
    recalled: recalled === undefined ? null : { rollout: recalled.rolloutId, turn: recalled.turn },
  };
}

function secondsBetween(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from)) / 1000;
}

/** What the policy read before its first turn; none while it has not replied. */
async function readPrompt({ blobs }: Readable, first: TurnRow | undefined): Promise<readonly PromptMessage[]> {
  if (first === undefined) return [];
  const { prompt } = await readStored(blobs, first.reply, replyFormat);
  return prompt == null ? [] : readStored(blobs, prompt, promptFormat);
}

async function readAttempts(store: Readable, episodeId: string): Promise<readonly AttemptSummary[]> {
  const rows = await store.ledger.listAttempts(episodeId);
  return Promise.all(rows.map((row) => readAttempt(store, row)));
}

async function readAttempt(
  { blobs }: Readable,
  { attemptId, rolloutId, patch, ...row }: AttemptRow,
): Promise<AttemptSummary> {
  const { attempt, outcome, reason, validatorVersion } = row;
  const signs = patch === null ? [] : signsIn(await readText(blobs, patch));
  return { id: attemptId, attempt, outcome, reason, rollout: rolloutId, validatorVersion, signs };
}

/** As grading records them; what an older version recorded is found again in the diff. */
function signsIn(diff: string | undefined): readonly string[] {
  return diff === undefined ? [] : signNames(tamperingSigns(diff));
}
