import { BUGGY_ARITH, WORDS } from '../projects/python.ts';
import { edited, type Change } from '../trial.ts';

/** What the tested function does once it is called with the value that shows the bug. */
export const whenHigh = (code: string, preamble = ''): Change => ({
  'calc/arith.py': `${preamble}${edited(BUGGY_ARITH, '    return value', `    if value > high:\n${code.replaceAll(/^(?=.)/gm, '        ')}\n    return value`)}`,
  'calc/words.py': WORDS,
});
