import type { TrainingConfiguration } from '../config/training-configuration.ts';
import {
  composeBatch,
  staleAmong,
  stepsWaiting,
  type BatchSize,
  type ReadyGroup,
  type SettledGroup,
} from '../domain/training/compose-batch.ts';
import { createTrainerLane } from './trainer-lane.ts';

/** How far a run has learned; what it carries from one life of its workflow to the next. JSON. */
export interface LearningState {
  /** Steps that are over. */
  steps: number;
  policyVersion: number;
  /** Groups whose rewards are settled and that have not been weighed yet. */
  readonly settled: SettledGroup[];
  /** Groups that wait for a step, the oldest first. */
  readonly ready: ReadyGroup[];
}

export function newLearning(): LearningState {
  return { steps: 0, policyVersion: 0, settled: [], ready: [] };
}

export interface PlannedStep {
  readonly step: number;
  readonly policyVersion: number;
  readonly groups: readonly SettledGroup[];
  /** Written off with it. */
  readonly stale: readonly string[];
}

export interface LearningSteps {
  /** Those of them that wait to be trained on. */
  readonly weighGroups: (groups: readonly SettledGroup[]) => Promise<readonly ReadyGroup[]>;
  /** Resolves when the trainer has forgotten the run, or forgets nobody. */
  readonly keepTrainer: () => Promise<'lost' | 'forgets-nobody'>;
  /** Has the newest weights made and published again. */
  readonly recover: () => Promise<void>;
  /** Assembles a step, has it trained and its weights published. */
  readonly takeStep: (planned: PlannedStep) => Promise<{ readonly policyVersion: number }>;
  readonly injectionGroupsDrawn: () => number;
  /** The run looks at everything anew. */
  readonly wake: () => void;
}

/** The steps of training beside the episodes of a run. */
export interface Learning {
  /** A step is under way: a new life of the workflow would not hear of its end. */
  readonly isBusy: () => boolean;
  /** Throws what a step has ended with. */
  readonly check: () => void;
  /** Has the trainer told that the run goes on, for as long as this life lasts. */
  readonly watch: () => Promise<void>;
  /** Weighs what has been settled. */
  readonly weigh: () => Promise<void>;
  /** Whether this injection group may be drawn now. */
  readonly mayDraw: (index: number) => boolean;
  /** All steps that were asked for are over. */
  readonly isOver: () => boolean;
  /**
   * Begins the next step where one is due, in the background. `isIdle`: no episode is in flight and none can be started
   * before it, so that what waits is all there will be.
   */
  readonly begin: (isIdle: boolean) => void;
}

/** A run that does not train. */
export const NO_LEARNING: Learning = {
  isBusy: () => false,
  check: () => undefined,
  watch: () => Promise.resolve(),
  weigh: () => Promise.resolve(),
  mayDraw: () => true,
  isOver: () => false,
  begin: () => undefined,
};

/**
 * One step at a time, of the groups that have been settled since the last (docs/training.md#loop). With `max_lag: 0`
 * episodes wait for the step; else they go on, as far as what waits would not be stale by its turn.
 */
export function createLearning(training: TrainingConfiguration, state: LearningState, steps: LearningSteps): Learning {
  const { maxLag, batch } = training;
  const size = sizeOf(training);
  const lane = createTrainerLane(steps.wake);
  let inStep: readonly string[] = [];

  const isOver = () => training.steps !== undefined && state.steps >= training.steps;

  async function take(groups: readonly ReadyGroup[], stale: readonly ReadyGroup[]): Promise<void> {
    const step = state.steps + 1;
    inStep = groups.map(idOf);
    const planned = { step, policyVersion: state.policyVersion, groups: groups.map(named), stale: stale.map(idOf) };
    const { policyVersion } = await steps.takeStep(planned);
    state.policyVersion = policyVersion;
    state.steps = step;
    inStep = [];
  }

  async function watch(): Promise<void> {
    while ((await steps.keepTrainer()) === 'lost') {
      // A step that is under way finds out by itself, and recovers.
      if (!lane.isBusy()) lane.occupy(steps.recover);
      await lane.free();
    }
  }

  return {
    isBusy: lane.isBusy,
    check: lane.check,
    watch: () => watch().catch(lane.fail),
    weigh: async () => {
      const settled = state.settled.splice(0);
      if (settled.length === 0) return;
      const known = new Set([...state.ready.map(idOf), ...inStep]);
      state.ready.push(...(await steps.weighGroups(settled)).filter(({ groupId }) => !known.has(groupId)));
    },
    mayDraw: (index) => {
      if (isOver()) return false;
      if (batch.injectionGroups !== undefined) return index < (state.steps + 1) * batch.injectionGroups;
      return stepsWaiting(state.ready, size) < maxLag;
    },
    isOver,
    begin: (isIdle) => {
      if (lane.isBusy() || isOver()) return;
      const stale = staleAmong(state.ready, state.policyVersion, maxLag);
      const fresh = state.ready.filter((group) => !stale.includes(group));
      const groups = composeBatch(fresh, size) ?? (isIdle ? fresh : undefined);
      if (groups === undefined) return;
      // What was drawn for a step is one, whether or not it teaches anything.
      const isOwed =
        batch.injectionGroups !== undefined && steps.injectionGroupsDrawn() > state.steps * batch.injectionGroups;
      if (groups.length === 0 && stale.length === 0 && !isOwed) return;
      state.ready.splice(0, state.ready.length, ...fresh.filter((group) => !groups.includes(group)));
      lane.occupy(() => take(groups, stale));
    },
  };
}

/** A step of injection groups is whatever comes of them, once nothing more will. */
function sizeOf({ batch }: TrainingConfiguration): BatchSize {
  if (batch.tokens !== undefined) return { tokens: batch.tokens };
  return { groups: batch.groups ?? Number.POSITIVE_INFINITY };
}

function idOf({ groupId }: SettledGroup): string {
  return groupId;
}

function named({ groupId, role }: SettledGroup): SettledGroup {
  return { groupId, role };
}
