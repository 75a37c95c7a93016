import { z } from 'zod';
import type { InjectorTask } from '../task.ts';
import { hereDocument, lastJsonLine, quote } from '../../steps/steps.ts';
import { programText } from '../../steps/program-text.ts';

const measurementSchema = z.object({
  seconds: z.number(),
  timedOut: z.boolean(),
  passing: z.number(),
  failed: z.array(z.string()),
  missing: z.array(z.string()),
  new: z.array(z.string()),
});

/** What one run of the artifact's script and parser gave. */
export type Measurement = z.infer<typeof measurementSchema>;

/** Where the injector keeps what is not part of the artifact. */
function workDirectory({ artifactDirectory }: InjectorTask): string {
  return `${artifactDirectory}-work`;
}

/** The command that puts the measuring program in place. */
export function installMeasure(task: InjectorTask): string {
  const folders = [task.artifactDirectory, workDirectory(task)].map(quote).join(' ');
  return `mkdir -p ${folders} && cat > ${quote(`${workDirectory(task)}/measure.py`)} ${hereDocument(programText('programs/injector/measure.py'))}`;
}

/** The command that measures the tree as it is; its last line is what `readMeasurement` reads. */
export function measureCommand(task: InjectorTask, mode: 'save' | 'against', limitSeconds: number): string {
  const work = workDirectory(task);
  const [program, results] = [`${work}/measure.py`, `${work}/clean.json`].map(quote);
  return `python3 ${program} ${quote(task.artifactDirectory)} ${limitSeconds} ${mode} ${results}`;
}

export function readMeasurement(output: string): Measurement | undefined {
  const reading = measurementSchema.safeParse(lastJsonLine(output));
  return reading.success ? reading.data : undefined;
}

/** The command that goes to the tree and undoes whatever was changed in it. */
export function cleanTree({ sourceTree }: InjectorTask): string {
  return `cd ${quote(sourceTree)} && git checkout -q -- .`;
}

/** The tests that fail: reported so, or no longer reported at all. */
export function failingIn({ failed, missing }: Measurement): readonly string[] {
  return [...failed, ...missing].sort();
}
