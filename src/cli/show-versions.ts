import { EXIT } from './command/exit-codes.ts';
import type { World } from './program.ts';

export async function showVersions({ output, environment }: Pick<World, 'output' | 'environment'>): Promise<number> {
  const { describeVersions } = await import('./machine/versions.ts');
  output.write(await describeVersions(await environment()));
  return EXIT.ok;
}
