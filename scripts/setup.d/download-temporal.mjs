// Downloads the Temporal CLI through the SDK's own test environment, which knows where its releases lie.
// Usage: node download-temporal.mjs VERSION FOLDER. Prints the binary's path; exit code 1 when it cannot.
import console from 'node:console';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers';

// The SDK opens the file in the folder once the release server has answered, which takes under 2 s. A closed
// network that swallows packets would make it wait for minutes instead.
const ANSWER_MS = 8000;

const [version = '', folder = ''] = process.argv.slice(2);

setTimeout(() => {
  if (readdirSync(folder).length > 0) return;
  console.error(`no answer within ${ANSWER_MS / 1000} s`);
  process.exit(1);
}, ANSWER_MS).unref();

try {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', version: `v${version}`, downloadDir: folder } },
  });
  await environment.teardown();
  console.log(join(folder, readdirSync(folder)[0] ?? ''));
} catch (error) {
  console.error(
    String(error)
      .replace(/\(http.*/s, '')
      .slice(0, 200),
  );
  process.exit(1);
}
