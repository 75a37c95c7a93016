import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';

import type { DockerOptions } from '../../src/sandbox/docker/docker-sandboxes.ts';

const CACHE = process.env.SELFPLAY_CACHE ?? path.join(homedir(), '.cache', 'swe-selfplay');

/** A home of its own on the engine that set-up left ready. */
export function dockerOptions(changes: Partial<DockerOptions> = {}): DockerOptions {
  return {
    home: `test-${randomUUID()}`,
    configDirectory: path.join(homedir(), '.docker'),
    baseImage: 'selfplay/base-system:latest',
    toolsArchive: path.join(CACHE, 'docker', 'tools.tar'),
    ...changes,
  };
}
