import type {
  ClosedRollout,
  EndedRollout,
  FromHost,
  RolloutEnd,
  RolloutSetting,
  SandboxLease,
  SliceActivity,
  SliceEnd,
} from '../activities/rollout/rollout-setting.ts';
import { rootMessageOf } from '../domain/failure/root-message.ts';
import type { HostFailure } from './failures.ts';
import { MACHINE_WAITS } from './waits.ts';

export interface RolloutSteps {
  readonly openRollout: (setting: RolloutSetting) => Promise<void>;
  readonly bootSandbox: (input: RolloutSetting & { readonly incarnation: number }) => Promise<FromHost<SandboxLease>>;
  readonly playSlice: (
    activity: SliceActivity,
    input: RolloutSetting & { readonly lease: SandboxLease },
  ) => Promise<FromHost<SliceEnd>>;
  /** Runs even when the rollout is cancelled. */
  readonly closeRollout: (end: ClosedRollout) => Promise<void>;
  /** Runs even when the rollout is cancelled. */
  readonly destroySandbox: (lease: SandboxLease) => Promise<void>;
  /** Until what is away may be there again; `times` counts from 1 since it was there last. */
  readonly waitFor: (absence: Absence, times: number) => Promise<void>;
  /** It is there again. */
  readonly endWait: () => void;
  /** What a failed step means for the rollout; undefined when it means nothing and the error goes on. */
  readonly hostFailureOf: (error: unknown, wasUnderLoad: boolean) => HostFailure | undefined;
  readonly isCancellation: (error: unknown) => boolean;
  /** Whether the history has grown so long that the rollout is to go on in a new one. */
  readonly shouldContinueAsNew: () => boolean;
}

/** What a rollout waits for while its sandbox is kept. */
export interface Absence {
  readonly of: 'policy' | 'store' | 'machine';
  /** The turn that has to wait; null before the first sandbox. */
  readonly turn: number | null;
  readonly retryAfterMs: number;
  readonly problem: string;
}

/** Where a rollout stands between two of its steps, beside its journal; handed on when it continues as new. JSON. */
export interface RolloutState {
  readonly incarnation: number;
  /** The sandbox that stands; null before it is booted, and after it is lost. */
  readonly lease: SandboxLease | null;
  readonly next: SliceActivity;
  /** A silent host has been asked once more. */
  readonly isAskedAgain: boolean;
  /** The last that was heard of the host is that others have its processors. */
  readonly isUnderLoad: boolean;
  readonly waiting: { readonly for: Absence['of']; readonly times: number } | null;
  /** The last that was heard of the host's worker is that it stops. */
  readonly isLeft?: boolean;
  /** Incarnations that came after a worker that stopped: nothing failed, so they are not among those that are bounded. */
  readonly moves?: number;
  /** What the sandbox before this one was given up for. */
  readonly problem: string | null;
}

/** A rollout that has come to its end, or one that goes on in a new history. */
export type RolloutPlay = { readonly ended: RolloutEnd } | { readonly unfinished: RolloutState };

/**
 * One role's work in a sandbox, slice by slice (docs/architecture.md, "Durability").
 *
 * A silent host is asked once more, for a restarted worker finds its sandboxes again; then, and when the sandbox is
 * gone, the rollout goes on in a new one from the last snapshot. Incarnations are bounded: a rollout that has used them
 * up is lost, and a lost rollout is never a reward. One that is left because its worker stopped counts for nothing. A policy or a store that is away says nothing about the host, and load
 * only makes it slow: it is waited for, and the sandbox stays.
 *
 * However it ends, its sandbox goes first, and then its end is written, that of a cancelled one too.
 */
export async function playRollout(
  setting: RolloutSetting,
  begun: RolloutState | undefined,
  steps: RolloutSteps,
): Promise<RolloutPlay> {
  const { rolloutId } = setting;
  if (begun === undefined) await steps.openRollout(setting);
  let stand: Stand;
  try {
    stand = await playOn(setting, begun ?? atItsBeginning(setting), steps);
  } catch (error) {
    const end = steps.isCancellation(error)
      ? ({ outcome: 'cancelled', problem: null } as const)
      : ({ outcome: 'lost', problem: rootMessageOf(error) } as const);
    await steps.closeRollout({ rolloutId, submission: null, ...end });
    throw error;
  }
  if (stand.at === 'under-way') return { unfinished: stand.state };
  const ended: RolloutEnd = { rolloutId, ...endOf(stand) };
  await steps.closeRollout(ended);
  return { ended };
}

type Stand =
  | { readonly at: 'under-way'; readonly state: RolloutState }
  | { readonly at: 'ended'; readonly end: EndedRollout }
  | { readonly at: 'lost'; readonly problem: string };

function endOf(stand: Exclude<Stand, { at: 'under-way' }>): Omit<RolloutEnd, 'rolloutId'> {
  if (stand.at === 'lost') return { outcome: 'lost', submission: null, policyVersion: null, problem: stand.problem };
  const { outcome, submission, policyVersion } = stand.end;
  return { outcome, submission, policyVersion, problem: null };
}

function atItsBeginning({ task }: RolloutSetting): RolloutState {
  const next = task.role === 'solver' ? 'solveBug' : 'discoverTests';
  return { incarnation: 0, lease: null, next, isAskedAgain: false, isUnderLoad: false, waiting: null, problem: null };
}

/** Workers are stopped a few times a day; where they do nothing else, something is wrong with their hosts. */
const MOST_MOVES = 20;

async function playOn(setting: RolloutSetting, begun: RolloutState, steps: RolloutSteps): Promise<Stand> {
  let state = begun;
  while (state.incarnation - Math.min(MOST_MOVES, state.moves ?? 0) < setting.rollout.incarnations) {
    if (steps.shouldContinueAsNew()) return { at: 'under-way', state };
    const { lease } = state;
    const stand = await (lease === null ? boot(setting, state, steps) : play(setting, { ...state, lease }, steps));
    if (stand.at !== 'under-way') return stand;
    state = stand.state;
  }
  const { incarnations } = setting.rollout;
  return { at: 'lost', problem: `none of its ${incarnations} sandboxes lasted; of the last: ${state.problem ?? ''}` };
}

async function boot(setting: RolloutSetting, state: RolloutState, steps: RolloutSteps): Promise<Stand> {
  const { incarnation } = state;
  const booted = await attempt(steps, state, () => steps.bootSandbox({ ...setting, incarnation }));
  if (booted.failure === undefined) {
    const { underLoad: isUnderLoad = false, ...lease } = booted.result;
    return goOn(endWait({ ...state, lease, isUnderLoad }, steps));
  }
  return goOn((await waitOut(state, booted.failure, null, steps)) ?? inNextIncarnation(state, booted.failure));
}

/** Plays a slice; the sandbox goes unless the next one is to be played in it. */
async function play(
  setting: RolloutSetting,
  state: RolloutState & { readonly lease: SandboxLease },
  steps: RolloutSteps,
): Promise<Stand> {
  let isNeeded = false;
  try {
    const stand = await playSlice(setting, state, steps);
    isNeeded = stand.at === 'under-way' && stand.state.lease !== null;
    return stand;
  } finally {
    if (!isNeeded) await steps.destroySandbox(state.lease);
  }
}

async function playSlice(
  setting: RolloutSetting,
  state: RolloutState & { readonly lease: SandboxLease },
  steps: RolloutSteps,
): Promise<Stand> {
  const { lease, next, isAskedAgain } = state;
  const played = await attempt(steps, state, () => steps.playSlice(next, { ...setting, lease }));
  const turn = lease.playedThrough + 1;
  if (played.failure !== undefined) {
    if (played.failure.kind === 'handed-back') return goOn({ ...state, isLeft: true });
    const waited = await waitOut(state, played.failure, turn, steps);
    if (waited !== undefined) return goOn(waited);
    const isOver = isAskedAgain || played.failure.kind === 'sandbox-gone';
    return goOn(isOver ? inNextIncarnation(state, played.failure) : { ...state, isAskedAgain: true });
  }
  const slice = played.result;
  if (slice.status === 'ended') {
    endWait(state, steps);
    return { at: 'ended', end: slice };
  }
  const after: RolloutState = {
    ...state,
    lease: { ...lease, playedThrough: slice.playedThrough },
    next: slice.next,
    isAskedAgain: false,
    isUnderLoad: slice.underLoad === true,
    isLeft: slice.status === 'unfinished' && slice.leaving === true,
  };
  if (slice.status === 'unfinished') return goOn(endWait(after, steps));
  const { retryAfterMs, problem } = slice;
  return goOn(await wait(after, { of: 'policy', turn: slice.playedThrough + 1, retryAfterMs, problem }, steps));
}

/**
 * Waits for a store that is away and for a slow machine; what a worker that stops hands back is taken again at once.
 * Undefined for a failure that no wait mends.
 */
async function waitOut(
  state: RolloutState,
  { kind, problem }: HostFailure,
  turn: number | null,
  steps: RolloutSteps,
): Promise<RolloutState | undefined> {
  if (kind === 'handed-back') return state;
  if (kind === 'store-away') return wait(state, { of: 'store', turn, retryAfterMs: 0, problem }, steps);
  if (kind !== 'host-overloaded' || hasWaitedForMachine(state)) return undefined;
  return wait({ ...state, isUnderLoad: true }, { of: 'machine', turn, retryAfterMs: 0, problem }, steps);
}

/**
 * A host that says that others have its processors is slow, not gone; it is given eight waits that double, eight and a
 * half minutes in all, by each incarnation anew. One that dies meanwhile is found out no sooner, and nothing but that
 * time is lost with it.
 */
function hasWaitedForMachine({ waiting }: RolloutState): boolean {
  return waiting?.for === 'machine' && waiting.times >= MACHINE_WAITS;
}

function goOn(state: RolloutState): Stand {
  return { at: 'under-way', state };
}

function inNextIncarnation(state: RolloutState, { problem }: HostFailure): RolloutState {
  const waiting = state.waiting && { ...state.waiting, times: 0 };
  const incarnation = state.incarnation + 1;
  const moves = (state.moves ?? 0) + (state.isLeft === true ? 1 : 0);
  const anew = { lease: null, isAskedAgain: false, isUnderLoad: false, isLeft: false } as const;
  return { ...state, incarnation, moves, ...anew, waiting, problem };
}

/** The host has answered, so it is not silent; what it said is that something else is away. */
async function wait(state: RolloutState, absence: Absence, steps: RolloutSteps): Promise<RolloutState> {
  const { waiting } = state;
  const times = waiting?.for === absence.of ? waiting.times + 1 : 1;
  await steps.waitFor(absence, times);
  return { ...state, isAskedAgain: false, waiting: { for: absence.of, times } };
}

function endWait(state: RolloutState, steps: RolloutSteps): RolloutState {
  if (state.waiting !== null) steps.endWait();
  return { ...state, waiting: null };
}

type Attempt<Result> = { readonly result: Result; readonly failure?: undefined } | { readonly failure: HostFailure };

/** The step's result, or what the host, the sandbox or the store did to it. */
async function attempt<Result>(
  steps: RolloutSteps,
  { isUnderLoad }: RolloutState,
  step: () => Promise<Result>,
): Promise<Attempt<Result>> {
  try {
    return { result: await step() };
  } catch (error) {
    const failure = steps.hostFailureOf(error, isUnderLoad);
    if (failure === undefined) throw error;
    return { failure };
  }
}
