import type { Publication } from '../../domain/training/publication.ts';

/**
 * Whether newer weights of the same model have been asked for already. Where one adapter is trained and sampled (SkyRL
 * with JAX), sampling from older weights puts them into training, and what was learnt since is lost.
 */
export function createNewestOnly(): (sampled: Sampler) => boolean {
  const newest = new Map<string, number>();
  return ({ version, path }) => {
    const model = /^tinker:\/\/([^/]+)\//.exec(path)?.[1] ?? path;
    const before = newest.get(model) ?? version;
    newest.set(model, Math.max(before, version));
    return version < before;
  };
}

type Sampler = Extract<Publication, { kind: 'sampler' }>;
