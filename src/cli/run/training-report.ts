import { z } from 'zod';

import type { GroupStanding } from '../../domain/record/training-rows.ts';
import type { Store } from '../../store/store.ts';
import { readStored, trainingStepFormat } from '../records/stored-formats.ts';
import { countOf } from '../text/format-values.ts';

/** What a run has learned (docs/json-output.md). */
export interface TrainingReport {
  /** That are over, whether or not they taught anything. */
  readonly steps: number;
  /** Of the newest weights. */
  readonly policyVersion: number;
  /** Settled groups by what has become of them. */
  readonly groups: Readonly<Record<GroupStanding | 'trained', number>>;
  /** Trajectories that were trained on. */
  readonly trajectories: { readonly injector: number; readonly solver: number };
  /** Of the last step, as the trainer names them. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Null for a run that does not train. */
export async function readTrainingReport(
  { blobs, ledger }: Pick<Store, 'blobs' | 'ledger'>,
  runId: string,
): Promise<TrainingReport | null> {
  const receipts = await ledger.listReceipts(runId);
  const newest = receipts.at(-1);
  if (newest === undefined) return null;
  const groups = { trained: 0, ready: 0, 'no-signal': 0, untrainable: 0, stale: 0 };
  for (const { standing, step } of await ledger.listTrainingGroups(runId))
    groups[step === null ? standing : 'trained'] += 1;
  const trajectories = { injector: 0, solver: 0 };
  for (const { step } of receipts) {
    const manifest = (await ledger.findTrainingStep(runId, step))?.manifest;
    if (manifest == null) continue;
    const { byRole } = await readStored(blobs, manifest, trainingStepFormat);
    trajectories.injector += byRole.injector.rollouts;
    trajectories.solver += byRole.solver.rollouts;
  }
  const metrics = z.record(z.string(), z.number()).parse(JSON.parse(newest.metrics));
  return { steps: newest.step, policyVersion: newest.policyVersion, groups, trajectories, metrics };
}

/** One line of what was changed. */
export function renderTraining(training: TrainingReport | null): string {
  if (training === null) return '';
  const { steps, policyVersion, groups, trajectories, metrics } = training;
  const { trained, ready, ...useless } = groups;
  const learned = [
    `${countOf(steps, 'step')} of training on ${countOf(trained, 'group')}`,
    ` (${trajectories.injector} injector and ${trajectories.solver} solver trajectories)`,
    metrics.updateNorm === undefined ? '' : `, weights moved by ${metrics.updateNorm.toFixed(3)}`,
  ];
  const idle = Object.values(useless).reduce((sum, count) => sum + count, 0);
  const rest = [
    ...(idle === 0 ? [] : [`${countOf(idle, 'group')} taught nothing`]),
    ...(ready === 0 ? [] : [`${countOf(ready, 'group')} waited for a step`]),
  ];
  return `${[`${learned.join('')}: policy version ${policyVersion}`, ...rest].join('; ')}\n`;
}
