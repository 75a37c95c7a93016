import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { LOOK_EVERY_MS } from '../trainer-by-files.ts';

/** Somebody who trains: the weights are a hash of what is trained on. `untilThere` waits for the step. */
export async function answerStep(
  folder: string,
  { kind = 'weights', untilThere = false }: { readonly kind?: 'lora' | 'weights'; readonly untilThere?: boolean } = {},
): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  if (names.includes('receipt.json')) return;
  if (!names.includes('manifest.json')) {
    if (!untilThere) return;
    await delay(LOOK_EVERY_MS);
    return answerStep(folder, { kind, untilThere });
  }
  const content = await readFile(join(folder, 'sequences.jsonl.gz'));
  await mkdir(join(folder, 'weights'), { recursive: true });
  await writeFile(join(folder, 'weights', 'model'), createHash('sha256').update(content).digest('hex'));
  const step = Number(/\d+$/.exec(folder)?.[0]);
  const receipt = { format: 'training-receipt-1', step, policyVersion: step, metrics: { loss: content.length } };
  const text = JSON.stringify({ ...receipt, weights: { kind, directory: 'weights' } });
  await writeFile(join(folder, 'receipt.tmp'), text);
  await rename(join(folder, 'receipt.tmp'), join(folder, 'receipt.json'));
}
