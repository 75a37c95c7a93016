import type { RevalidationProgress } from '../../workflows/revalidate-artifacts.ts';

/** Writes a line whenever a revalidation has come further. */
export function createTeller(write: (line: string) => void): (progress: RevalidationProgress) => void {
  let told = '';
  return ({ judged, changed, notDone, skipped }) => {
    const line = `${judged} judged, ${changed} changed, ${notDone} not done, ${skipped} skipped\n`;
    if (line !== told) write(line);
    told = line;
  };
}
