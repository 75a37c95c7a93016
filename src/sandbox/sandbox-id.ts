// It becomes the name of a directory: no separators, and nothing hidden, because hidden names are the adapter's own.
const SANDBOX_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}$/;

export function assertSandboxId(id: string): void {
  if (!SANDBOX_ID.test(id)) {
    throw new RangeError(`the sandbox id ${JSON.stringify(id)} must match ${SANDBOX_ID.source}`);
  }
}
