import type { LedgerMigrations } from '../migrate-ledger.ts';
import { initialTables } from './0001-initial-tables.ts';
import { audits } from './0002-audits.ts';
import { artifactLibrary } from './0003-artifact-library.ts';
import { artifactImages } from './0004-artifact-images.ts';
import { runUsage } from './0005-run-usage.ts';
import { bugMarks } from './0006-bug-marks.ts';
import { episodesByEnd } from './0007-episodes-by-end.ts';
import { repeats } from './0008-repeats.ts';
import { lostProblems } from './0009-lost-problems.ts';
import { savedTurns } from './0010-saved-turns.ts';
import { rolloutSandboxes } from './0011-rollout-sandboxes.ts';
import { training } from './0012-training.ts';
import { libraries } from './0013-libraries.ts';
import { evaluations } from './0014-evaluations.ts';
import { servedWeights } from './0015-served-weights.ts';

export const LEDGER_MIGRATIONS: LedgerMigrations = {
  '0001-initial-tables': initialTables,
  '0002-audits': audits,
  '0003-artifact-library': artifactLibrary,
  '0004-artifact-images': artifactImages,
  '0005-run-usage': runUsage,
  '0006-bug-marks': bugMarks,
  '0007-episodes-by-end': episodesByEnd,
  '0008-repeats': repeats,
  '0009-lost-problems': lostProblems,
  '0010-saved-turns': savedTurns,
  '0011-rollout-sandboxes': rolloutSandboxes,
  '0012-training': training,
  '0013-libraries': libraries,
  '0014-evaluations': evaluations,
  '0015-served-weights': servedWeights,
};
