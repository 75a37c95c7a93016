import path from 'node:path';

import type { Sandboxes, SandboxRequest } from '../sandbox.ts';
import { createRemembered } from '../source/remembered.ts';
import { findCompiledDependencies } from './compiled-dependencies.ts';
import { removeUnfinished } from './kept-directory.ts';
import { createPortableEnvironments } from './portable-environment.ts';

/** An environment is made once and holds thousands of files; whether it changed is looked at no more often than this. */
const KEPT_MS = 60_000;

type Source = SandboxRequest['source'];
type DirectorySource = Extract<Source, { kind: 'directory' }>;

/** Sandboxes whose directories are made ready for them first, once for all sandboxes of a source, whatever the backend. */
export function createPreparedSandboxes(
  sandboxes: Sandboxes,
  /** Where what is made is kept. */
  { directory: kept }: { readonly directory: string },
): Sandboxes {
  const portableEnvironment = createPortableEnvironments({ copies: path.join(kept, 'copies'), keptMs: KEPT_MS });
  const compiledOf = createRemembered(
    (_key, request: SandboxRequest & { readonly source: DirectorySource }) =>
      findCompiledDependencies(sandboxes, request, path.join(kept, 'compiled')),
    { keptMs: KEPT_MS },
  );

  async function prepared<Kind extends Source>(source: Kind): Promise<Kind> {
    if (source.kind !== 'directory' || source.environment === undefined) return source;
    const { directory, environment } = source;
    return { ...source, environment: await portableEnvironment({ directory, environment }) };
  }

  return {
    ...sandboxes,
    async create(request) {
      const source = await prepared(request.source);
      if (source.kind !== 'directory') return sandboxes.create({ ...request, source });
      const compiled = await compiledOf(JSON.stringify(source), { ...request, source });
      return sandboxes.create({ ...request, source, ...(compiled === undefined ? {} : { compiled }) });
    },
    tidy: async () => [...(await sandboxes.tidy()), ...(await removeUnfinished(kept))],
    identify: async (source) => sandboxes.identify(await prepared(source)),
  };
}
