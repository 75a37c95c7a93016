import type { BlobRef } from '../record/blob-ref.ts';
import { seededInteger } from './seeded-draw.ts';

/** Of an input whose work runs tests. */
export interface Drawn {
  /**
   * What the circumstances of test runs and the text of neutral edits are drawn from, in [0, 2^31). Nobody whose work is
   * judged may know it beforehand; a retry has the same.
   */
  readonly drawSeed: number;
}

/** The seed for one piece of work that is judged, so that two of them in one episode share no draw. */
export function seedFor({ drawSeed }: Drawn, work: 'validation' | 'grading' | 'recycling', content: BlobRef): number {
  return seededInteger(drawSeed, work, content.sha256);
}
