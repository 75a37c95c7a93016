// Downloads the Temporal CLI through the SDK's own test environment, which knows where its releases lie.
// Usage: node download-temporal.mjs VERSION FOLDER. Prints the binary's path; exit code 1 when it cannot.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

// The SDK opens the file in the folder once the release server has answered, which takes under 2 s. A closed
// network that swallows packets would make it wait for minutes instead.
const ANSWER_MS = 8000;

const [version, folder] = process.argv.slice(2);

setTimeout(() => {
  if (readdirSync(folder).length > 0) return;
  console.error(`no answer within ${ANSWER_MS / 1000} s`);
  process.exit(1);
}, ANSWER_MS).unref();

try {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const executable = { type: 'cached-download', version: `v${version}`, downloadDir: folder };
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await environment.teardown();
  console.log(join(folder, readdirSync(folder)[0]));
} catch (error) {
  console.error(String(error).split('(http')[0].slice(0, 200));
  process.exit(1);
}
