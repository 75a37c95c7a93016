import type { SandboxSource } from '../../domain/subject/subject.ts';
import type { Sandboxes } from '../sandbox.ts';
import { createRemembered } from '../source/remembered.ts';
import { portableEnvironment } from './portable-environment.ts';

/** An environment is made once and holds thousands of files; whether it changed is looked at no more often than this. */
const KEPT_MS = 60_000;

/** Sandboxes whose directories are made ready for them first, once for all sandboxes of a source, whatever the backend. */
export function createPreparedSandboxes(
  sandboxes: Sandboxes,
  /** Where what is made is kept. */
  { directory: kept }: { readonly directory: string },
): Sandboxes {
  const environmentOf = createRemembered(
    (key) => {
      const [directory = '', environment = ''] = key.split('\0');
      return portableEnvironment({ directory, environment }, kept);
    },
    { keptMs: KEPT_MS },
  );

  async function prepared(source: SandboxSource): Promise<SandboxSource> {
    if (source.kind !== 'directory' || source.environment === undefined) return source;
    return { ...source, environment: await environmentOf(`${source.directory}\0${source.environment}`) };
  }

  return {
    ...sandboxes,
    create: async (request) => sandboxes.create({ ...request, source: await prepared(request.source) }),
    identify: async (source) => sandboxes.identify(await prepared(source)),
  };
}
