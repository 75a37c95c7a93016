import type { Configuration } from '../../config/configuration.ts';
import type { WeightsOfStep } from '../../domain/record/evaluation-rows.ts';
import type { InjectionStrategy } from '../../domain/record/ledger-rows.ts';
import type { RecycledBug } from '../../domain/run/episode-end.ts';
import type { Subject } from '../../domain/subject/subject.ts';

/** A configuration without its subjects: an episode has drawn its own. */
export type EpisodeConfiguration = Omit<Configuration, 'subjects' | 'corpus'>;

export interface EpisodeInput {
  readonly runId: string;
  readonly episodeId: string;
  readonly subject: Subject;
  readonly strategy: InjectionStrategy;
  readonly seed: number;
  /** Null for a second-order bug: no injector made it. */
  readonly groupId: string | null;
  /** The stored second-order bug to play, in place of an injection (docs/specification.md#higher-order-bugs). */
  readonly parent: RecycledBug | null;
  /** The stored bug of a frozen library to play, in place of an injection (docs/evaluation.md#modes). */
  readonly bug?: string;
  /** Published weights to play with, in place of the run's own (an evaluation). */
  readonly weights?: WeightsOfStep;
  readonly config: EpisodeConfiguration;
}
