import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { BootedSandbox, Contestant } from './contestant.ts';

const execute = promisify(execFile);
const DRIVER = fileURLToPath(new URL('./mini_swe_agent.py', import.meta.url));
// What its Docker environment imports; the rest of its dependencies talk to models.
const PACKAGES = ['mini-swe-agent==2.4.6', 'pydantic', 'platformdirs', 'python-dotenv', 'rich', 'jinja2', 'pyyaml'];
const INSTALL_MS = 600_000;

/** The Docker environment of mini-swe-agent, as it comes from the package index. */
export async function miniSweAgent(image: string, cache: string): Promise<Contestant> {
  const python = await installed(path.join(cache, 'bench', 'mini-swe-agent-2.4.6'));
  const child = spawn(python, [DRIVER], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, MSWEA_SILENT_STARTUP: '1', MSWEA_GLOBAL_CONFIG_DIR: path.join(cache, 'bench') },
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  async function ask(request: Readonly<Record<string, string>>): Promise<number> {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const line: IteratorResult<string, unknown> = await answers.next();
    if (line.done === true) throw new Error('mini-swe-agent ended');
    const answer: unknown = JSON.parse(line.value);
    if (typeof answer !== 'object' || answer === null) throw new Error(`mini-swe-agent answered ${line.value}`);
    return Number(Reflect.get(answer, 'bytes') ?? 0);
  }

  return {
    name: 'miniSweAgent',
    async boot(): Promise<BootedSandbox> {
      await ask({ op: 'boot', image });
      return {
        run: (script) => ask({ op: 'run', script }),
        async destroy() {
          await ask({ op: 'destroy' });
        },
      };
    },
    close() {
      child.stdin.end();
      return new Promise((resolve) =>
        child.on('close', () => {
          resolve();
        }),
      );
    },
  };
}

async function installed(directory: string): Promise<string> {
  const python = path.join(directory, 'bin', 'python3');
  const stamp = path.join(directory, 'bin', 'mini');
  if (existsSync(stamp)) return python;
  process.stderr.write('installing mini-swe-agent from the package index\n');
  await mkdir(path.dirname(directory), { recursive: true });
  await execute('python3', ['-m', 'venv', directory], { timeout: INSTALL_MS });
  const install = ['-m', 'pip', 'install', '--quiet'];
  const [agent = '', ...needed] = PACKAGES;
  await execute(python, [...install, ...needed], { timeout: INSTALL_MS });
  await execute(python, [...install, '--no-deps', agent], { timeout: INSTALL_MS });
  return python;
}
