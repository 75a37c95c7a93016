import type Docker from 'dockerode';

import { SandboxUnavailableError } from '../../domain/failure/errors.ts';
import { callEngineAgain } from './docker-calls.ts';
import type { ContainerSource } from './docker-container.ts';
import { createHelperLabels } from './docker-helper-labels.ts';
import { createImages } from './docker-images.ts';
import { createLayers } from './docker-layers.ts';
import { createTools } from './docker-tools.ts';
import type { CompiledDependencies, SandboxRequest, SourceIdentity } from '../sandbox.ts';

export interface ReadySource {
  readonly source: ContainerSource;
  readonly toolsVolume: string;
  readonly engineCores: number;
}

export type DockerSources = ReturnType<typeof createDockerSources>;

/** Whatever a sandbox is made of, as something that this engine can start. */
export function createDockerSources(
  docker: Docker,
  options: {
    readonly home: string;
    readonly configDirectory: string;
    readonly baseImage: string;
    readonly toolsArchive: string;
    readonly say: (what: string) => void;
  },
) {
  const images = createImages(docker, options);
  const helperLabels = createHelperLabels(options.home);
  const layers = createLayers(docker, { ensureBase: () => images.ensure(options.baseImage), helperLabels });
  const tools = createTools(docker, { archive: options.toolsArchive, helperLabels });
  let engineCores: Promise<number> | undefined;

  return {
    /** Layers are named by their content, images known by the hash of theirs. */
    async identify(source: SandboxRequest['source']): Promise<SourceIdentity> {
      const ready = await find(source);
      return { fingerprint: ready.kind === 'image' ? ready.image.id : ready.name, hostDirectories: [] };
    },
    /** What was found may have been removed from the engine since. */
    forget: async () => {
      layers.forget();
      await tools.forget();
    },
    /** Throws `ImageNotFoundError` when there is no such image or directory. */
    async prepare({ source, compiled }: Pick<SandboxRequest, 'source' | 'compiled'>): Promise<ReadySource> {
      const ready = await find(source, compiled);
      engineCores ??= coresOf(docker);
      const image = ready.kind === 'image' ? ready.image.id : ready.name;
      try {
        return { source: ready, toolsVolume: await tools.ensure(image), engineCores: await engineCores };
      } catch (error) {
        engineCores = undefined;
        throw error;
      }
    },
  };

  async function find(source: SandboxRequest['source'], compiled?: CompiledDependencies): Promise<ContainerSource> {
    switch (source.kind) {
      case 'image':
        return { kind: 'image', image: await images.ensure(source.image) };
      case 'tools':
        return { kind: 'layers', name: await layers.base(), withEnvironment: false };
      case 'directory': {
        const { directory, environment } = source;
        const name = await layers.tree({ directory, environment, compiled: compiled?.directory });
        return { kind: 'layers', name, withEnvironment: environment !== undefined };
      }
    }
  }
}

async function coresOf(docker: Docker): Promise<number> {
  const info: unknown = await callEngineAgain('info', () => docker.info());
  if (typeof info === 'object' && info !== null && 'NCPU' in info) return Number(info.NCPU);
  throw new SandboxUnavailableError('the engine does not say how many cores it has');
}
