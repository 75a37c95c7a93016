import type { Subject } from '../../src/domain/subject/subject.ts';
import type { Outcome } from './trial.ts';

/** An artifact that was judged, and the subject that it is about. */
export interface JudgedArtifact {
  readonly subject: Subject;
  readonly artifactId: string;
  readonly outcome: Outcome;
}

/** Trials own no run; their sandboxes carry this in their labels. */
export const OWNER = { runId: 'local', episodeId: 'local' };
