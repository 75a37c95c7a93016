/** The promise's end, or the abort reason as soon as there is one; the promise is then left to itself. */
export async function orAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  promise.catch(() => undefined);
  signal.throwIfAborted();
  let leave: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    leave = resolve;
  });
  signal.addEventListener('abort', leave, { once: true });
  const throwing = aborted.then(() => {
    signal.throwIfAborted();
  });
  try {
    await Promise.race([promise, throwing]);
    return await promise;
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
