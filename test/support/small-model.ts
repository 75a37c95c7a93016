import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readEnvironment } from '../../src/config/environment.ts';
import { packageRoot } from '../../src/config/package-root.ts';

/** SmolLM2-135M-Instruct, as set-up has left it in the cache. */
export interface SmallModel {
  /** For llama.cpp. */
  readonly gguf: string;
  /** The same weights as a folder of the Hugging Face format, for SkyRL. */
  readonly huggingFace: string;
  /** The module of node-llama-cpp. */
  readonly llama: string;
}

/** Without it this fails and says what to run. */
export function smallModel(): SmallModel {
  const hash = createHash('sha256');
  // As scripts/setup.d/model.sh says it.
  for (const file of ['requirements.txt', 'package-lock.json', 'convert_gguf.py'])
    hash.update(readFileSync(join(packageRoot, 'tools', 'model', file)));
  const place = join(readEnvironment().cache, 'model', hash.digest('hex').slice(0, 16));
  if (!existsSync(place)) throw new Error(`there is no ${place}; run scripts/setup --only model`);
  return {
    gguf: join(place, 'model.gguf'),
    huggingFace: join(place, 'hugging-face'),
    llama: join(place, 'llama', 'node_modules', 'node-llama-cpp', 'dist', 'index.js'),
  };
}
