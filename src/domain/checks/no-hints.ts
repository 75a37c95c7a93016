import type { CheckFinding } from '../record/check-record.ts';
import { fails, firstNames, nameList, passes } from '../record/finding.ts';
import { definedTestNames } from '../report/test-definition.ts';
import type { FileChange } from '../diff/unified-diff.ts';
import type { HintFacts } from './validation-facts.ts';

/**
 * The check no-hints: no added comment carries the removed code, and no test is commented out rather than removed
 * (docs/specification.md#no-hints).
 *
 * Comments are read by syntax tree where the language is known, strings that stand as statements among them, and else by
 * the marks that lines begin with. Code counts with its white space and quotes evened out. Moved code is no hint.
 */
export function noHintsFinding(hints: HintFacts, weakening: readonly FileChange[]): CheckFinding {
  const carried = carriedCode(hints);
  const figures = {
    files: hints.files.length,
    readByLines: firstNames(hints.files.filter(({ read }) => read === 'lines').map(({ path }) => path)),
    carried: firstNames(carried),
  };
  if (carried.length > 0) return fails(`added comments carry removed code: ${nameList(carried)}`, figures);
  const disabled = disabledTests(weakening);
  if (disabled.length > 0) {
    return fails(`the weakening keeps tests as code that does not run: ${nameList(disabled)}`, {
      ...figures,
      disabled: firstNames(disabled),
    });
  }
  return passes('no added comment carries removed code', figures);
}

/** Removed lines that an added comment holds, as they were written. */
function carriedCode({ files }: HintFacts): readonly string[] {
  const removed = new Set(files.flatMap(({ removedCode }) => removedCode.map((line) => line.trim())));
  const comments = files.map(({ addedProse }) => addedProse.map(evened));
  const lines = new Set(comments.flat());
  const texts = comments.map((each) => each.join(''));
  return [...removed].filter((line) => {
    const code = evened(line);
    if (lines.has(code)) return code.length >= SHORTEST_LINE && !KEYWORD.test(code);
    return code.length >= SHORTEST_PART && isCodeLike(code) && texts.some((text) => text.includes(code));
  });
}

// "return x" is a sentence that a comment may say of itself; shorter than this even a whole line says nothing.
const SHORTEST_LINE = 6;
const SHORTEST_PART = 10;
const KEYWORD = /^(?:else|try|finally|pass|break|continue|return|default|end)$/;

function isCodeLike(code: string): boolean {
  return /[()[\]{}=<>+*/%&|;]/.test(code);
}

function evened(line: string): string {
  return line
    .replace(/\s+/g, '')
    .replace(/['"`]/g, '"')
    .replace(/[;,:]+$/, '');
}

/**
 * Tests that the weakening leaves in the file as code that no runner reaches: under a condition that never holds, or
 * under a name that is a test's with something before or behind it and no test's any more. Skipped tests need no rule
 * here: weakening-validity counts what is not reported and not deleted as failing.
 */
function disabledTests(weakening: readonly FileChange[]): readonly string[] {
  return weakening.flatMap(({ addedLines, removedLines }) => {
    const never = addedLines.filter((line) => NEVER.test(line)).map((line) => line.trim());
    const removed = [...definedTestNames(removedLines)].filter((name) => IDENTIFIER_OF_TEST.test(name));
    const added = [...definedTestNames(addedLines)].filter(
      (name) => /^\w+$/.test(name) && !IDENTIFIER_OF_TEST.test(name),
    );
    const renamed = added.filter((name) => removed.some((test) => name.includes(test)));
    return [...never, ...renamed];
  });
}

const NEVER = /^\s*(?:\}\s*)?(?:el(?:se )?)?(?:if|while)\b[\s(]*(?:false|False|0|!1|!true|not True)[\s)]*[:{]?\s*$/;

const IDENTIFIER_OF_TEST = /^(?:test|Test|Fuzz|Example)\w*$/;
