import type { KeyMerge } from './keyed-values.ts';

/**
 * Puts the test runners' sections of a setup.cfg back.
 *
 * Two readers of Python's matter: configparser and pytest's iniconfig. They disagree about headers that are indented or
 * followed by something, and about what ends a line; no library for JavaScript reads either dialect. So only what both
 * read in the same way is taken apart here, and everything else cannot be merged.
 */
export function mergeIniSections(before: string, after: string): KeyMerge {
  const [old, changed] = [sectionsOf(before), sectionsOf(after)];
  if (typeof old === 'string') return { merged: false, problem: old };
  if (typeof changed === 'string') return { merged: false, problem: changed };
  const kept = [...changed].filter(([name]) => !isRunners(name));
  const restored = [...old].filter(([name]) => isRunners(name));
  const keys = [...new Set([...old.keys(), ...changed.keys()])].filter(
    (name) => isRunners(name) && old.get(name) !== changed.get(name),
  );
  return { merged: true, text: [...kept, ...restored].map(([, text]) => text).join(''), keys };
}

/** The text of each section, its header included, by name; what comes before the first is under the empty name. */
function sectionsOf(text: string): ReadonlyMap<string, string> | string {
  if (STRANGE_LINE_END.test(text)) return 'it holds a character that some readers take for the end of a line';
  const sections = new Map<string, string>();
  let current = '';
  for (const line of text.split(/\r?\n/)) {
    const name = HEADER.exec(line)?.[1];
    if (name === undefined) {
      const problem = lineProblem(line, current);
      if (problem !== undefined) return problem;
    } else {
      if (sections.has(name)) return `it holds the section ${name} twice`;
      current = name;
    }
    sections.set(current, `${sections.get(current) ?? ''}${line}\n`);
  }
  return sections;
}

const HEADER = /^\[([^[\]#;\s][^[\]#;]*)\]$/;

// str.splitlines, which iniconfig uses, ends lines at some of these; a BOM hides the first header.
const STRANGE_LINE_END = /\r(?!\n)|[^\P{Cc}\t\r\n]|[\u2028\u2029\uFEFF]/u;

function lineProblem(line: string, section: string): string | undefined {
  const text = line.trim();
  if (text.startsWith('[')) return `it holds a line that may be a header: ${JSON.stringify(text.slice(0, 100))}`;
  if (section === '' && text !== '' && !/^[#;]/.test(text)) return 'it holds lines before the first section';
  return undefined;
}

function isRunners(section: string): boolean {
  return RUNNER_SECTION.test(section);
}

// DEFAULT gives its values to every other section. The commands are those of setuptools that run or find tests.
const RUNNER_SECTION =
  /test|spec|cov|^(?:DEFAULT|tool:.*|nose.*|tox.*|nox.*|behave.*|aliases|options\.entry_points|options\.extras_require|develop|install|easy_install|egg_info|build(?:_.*)?|trial|ward|green)$/i;
