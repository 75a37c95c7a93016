import type { Change } from '../trial.ts';

/** Lines that say `ok` for every test of the unittest project. */
export const ALL_PASSED = [
  ...['add', 'add_negative', 'clamp_between', 'clamp_high', 'clamp_low'].map((test) => `arith.TestArith.test_${test}`),
  ...['initials', 'initials_of_nobody', 'shout'].map((test) => `words.TestWords.test_${test}`),
].map((id) => `${String(id.split('.').at(-1))} (tests.test_${id}) ... ok`);

/** The log of the project's own script on the original tree without its results, as a script would print it without a test. */
export const CANNED = [
  ...['add', 'add_negative', 'clamp_between', 'clamp_high', 'clamp_low'].map(
    (test) => `test_${test} (tests.test_arith.TestArith.test_${test}) ... `,
  ),
  ...['initials', 'initials_of_nobody', 'shout'].map(
    (test) => `test_${test} (tests.test_words.TestWords.test_${test}) ... `,
  ),
];

/** Python code that prints them, whatever standard error has become. */
export const PRINT_ALL_PASSED = ALL_PASSED.map((line) => `os.write(2, b"\\n${line}\\n")`).join('\n');

/** Code that runs when the package is imported, before any test. */
export const onImport = (code: string): Change => ({ 'calc/__init__.py': `${code}\n` });
