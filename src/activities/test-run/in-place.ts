/**
 * Runs in a place that others may hold. The wait for it ends with the signal, and who has left does nothing when the
 * place comes; what has begun is waited for even then, for it ends itself and its sandbox.
 */
export async function inPlace<Result>(
  enter: (run: () => Promise<Result>) => Promise<Result>,
  run: () => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(signal.reason as Error);
    };
    const begin = () => {
      signal.removeEventListener('abort', leave);
      signal.throwIfAborted();
      return run();
    };
    signal.addEventListener('abort', leave, { once: true });
    enter(begin).then(resolve, reject);
  });
}
