import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The source tree that the suites work on. */
export async function writeSmallSource(source: string): Promise<void> {
  for (const folder of ['src/gone', 'src/replaced']) await mkdir(path.join(source, folder), { recursive: true });
  for (const [file, content] of Object.entries({
    README: 'hello\n',
    'src/old': 'old\n',
    'src/kept': 'kept\n',
    'src/gone/file': 'gone\n',
    'src/replaced/before': 'before\n',
  })) {
    await writeFile(path.join(source, file), content);
  }
  await chmod(path.join(source, 'src/kept'), 0o444);
}
