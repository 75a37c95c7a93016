import type { Store } from '../../store/store.ts';
import { filesOfBug, readBugFiles } from '../records/bug-files.ts';
import { lostReasons, type LostReason } from '../records/lost-reasons.ts';
import { toEpisodeDocument, type EpisodeDocument } from '../records/episode-document.ts';
import { mainLanguage, mostFrequent } from '../records/main-language.ts';
import { readTrainingReport, type TrainingReport } from './training-report.ts';
import type { RunSnapshot } from './run-snapshot.ts';

/** What a run came to, as `demo --json` writes it (docs/json-output.md). */
export interface RunReport {
  readonly run: string;
  readonly seconds: number;
  readonly episodes: readonly ReportedEpisode[];
  readonly strategies: readonly StrategyTotals[];
  /** Episodes that infrastructure took or that were not played to their end: they count nowhere. */
  readonly lost: number;
  /** Why those were lost that infrastructure took. */
  readonly lostReasons: readonly LostReason[];
  /** What it has learned; null of a run that does not train. */
  readonly training: TrainingReport | null;
}

export type ReportedEpisode = Pick<
  EpisodeDocument,
  'id' | 'subject' | 'strategy' | 'order' | 'check' | 'solveRate' | 'injectorReward' | 'solverRewards'
> & {
  readonly language: string | null;
  readonly verdict: 'consistent' | 'inconsistent';
  /** What the check found that decided against it. */
  readonly detail: string | null;
};

export interface StrategyTotals {
  readonly strategy: string;
  readonly episodes: number;
  readonly consistent: number;
  readonly secondOrder: number;
  /** Null where no bug of the strategy was attempted. */
  readonly meanSolveRate: number | null;
  readonly meanInjectorReward: number | null;
}

export async function readRunReport(
  { blobs, ledger }: Pick<Store, 'blobs' | 'ledger'>,
  snapshot: RunSnapshot,
  seconds: number,
): Promise<RunReport> {
  const languages = new Map<string, string>();
  const details = new Map<string, string>();
  for (const { episode } of snapshot.episodes) {
    const artifact = episode.artifactId === null ? undefined : await ledger.findArtifact(episode.artifactId);
    if (artifact === undefined) continue;
    const language = mainLanguage(filesOfBug(await readBugFiles(blobs, artifact)));
    if (language !== undefined) languages.set(episode.episodeId, language);
    const failed = (await ledger.listChecks(artifact.artifactId)).find(({ verdict }) => verdict === 'failed');
    if (failed !== undefined) details.set(episode.episodeId, failed.detail);
  }
  const training = await readTrainingReport({ blobs, ledger }, snapshot.runId);
  return { ...toRunReport(snapshot, { languages, details }, seconds), training };
}

/** By episode: the language, as far as the files of its bug tell, and what decided against it. */
export function toRunReport(
  { runId, episodes }: RunSnapshot,
  { languages, details }: Readonly<Record<'languages' | 'details', ReadonlyMap<string, string>>>,
  seconds: number,
): Omit<RunReport, 'training'> {
  const reported = episodes.flatMap(({ episode, rewards }): readonly ReportedEpisode[] => {
    const { verdict, outcome } = episode;
    if (verdict === null || outcome !== 'rewarded') return [];
    const { id, subject, strategy, order, check, solveRate, injectorReward, solverRewards } = toEpisodeDocument(
      episode,
      rewards,
    );
    const language = languages.get(id) ?? languageOfSubject(subject, episodes, languages);
    const detail = details.get(id) ?? null;
    return [
      { id, subject, language, strategy, order, verdict, check, detail, solveRate, injectorReward, solverRewards },
    ];
  });
  return {
    run: runId,
    seconds: Number(seconds.toFixed(1)),
    episodes: reported,
    strategies: totalsByStrategy(reported),
    lost: episodes.length - reported.length,
    lostReasons: lostReasons(episodes.map(({ episode, rewards }) => toEpisodeDocument(episode, rewards))),
  };
}

/** An injector that submitted nothing touched no file: the subject's other bugs say what it is written in. */
function languageOfSubject(
  subject: string,
  episodes: RunSnapshot['episodes'],
  languages: ReadonlyMap<string, string>,
): string | null {
  const siblings = episodes.filter(({ episode }) => episode.subject === subject);
  return mostFrequent(siblings.flatMap(({ episode }) => languages.get(episode.episodeId) ?? [])) ?? null;
}

/** Injections by strategy; a second-order bug belongs to the strategy of its parent, and to no injector. */
function totalsByStrategy(episodes: readonly ReportedEpisode[]): readonly StrategyTotals[] {
  return [...new Set(episodes.map(({ strategy }) => strategy))].sort().map((strategy) => {
    const all = episodes.filter((episode) => episode.strategy === strategy);
    const first = all.filter(({ order }) => order === 1);
    return {
      strategy,
      episodes: first.length,
      consistent: first.filter(({ verdict }) => verdict === 'consistent').length,
      secondOrder: all.length - first.length,
      meanSolveRate: mean(first.flatMap(({ solveRate }) => solveRate ?? [])),
      meanInjectorReward: mean(first.flatMap(({ injectorReward }) => injectorReward ?? [])),
    };
  });
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
