/** What a trainer is asked, one thing at a time: each goes on from the session that the last one left. */
export interface TrainerLane {
  readonly isBusy: () => boolean;
  /** Throws what has failed first. */
  readonly check: () => void;
  /** Begins work in the background; the lane is free. */
  readonly occupy: (work: () => Promise<void>) => void;
  /** Resolves when the lane is free. */
  readonly free: () => Promise<void>;
  readonly fail: (error: unknown) => void;
}

/** `wake` is told when the lane is free again, and when something has failed. */
export function createTrainerLane(wake: () => void): TrainerLane {
  let underWay: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    wake();
  };
  return {
    isBusy: () => underWay !== undefined,
    check: () => {
      if (failure !== undefined) throw failure.error;
    },
    occupy: (work) => {
      underWay = work()
        .catch(fail)
        .then(() => {
          underWay = undefined;
          wake();
        });
    },
    free: async () => underWay,
    fail,
  };
}
