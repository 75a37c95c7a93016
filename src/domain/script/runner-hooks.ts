/**
 * Ways in which a script puts code of its own into the programs that it starts, behind the back of the tests: named by
 * what they are, in the order of the list (docs/specification.md#test-script). An honest script needs none of them.
 *
 * This is a sieve for what is plain to see. A script is a program and can do the same in other words; what it gains by
 * that is found by determinism, neutral-edit and sabotage.
 */
export function runnerHooksIn(script: string): readonly string[] {
  const joined = script.replace(/["'\\]/g, '');
  return HOOKS.filter(({ pattern }) => pattern.test(joined) || pattern.test(script)).map(({ hook }) => hook);
}

// --experimental-vm-modules and --max-old-space-size are honest; what loads a module is not.
const LOADS = '-(?:r\\b|-(?:require|import|loader|experimental-loader)\\b)';

const HOOKS = [
  { hook: 'LD_PRELOAD', pattern: /\bLD_(?:PRELOAD|AUDIT)\s*\+?=/ },
  { hook: 'BASH_ENV', pattern: /\bBASH_ENV\s*\+?=/ },
  { hook: 'PYTHONSTARTUP or PYTHONHOME', pattern: /\bPYTHON(?:STARTUP|HOME)\s*=/ },
  { hook: 'sitecustomize or usercustomize', pattern: /\b(?:site|user)customize\b/ },
  {
    hook: 'NODE_OPTIONS that load a module',
    pattern: new RegExp(
      [`"[^"\\n]{0,400}?${LOADS}`, `'[^'\\n]{0,400}?${LOADS}`, `[^\\s"']{0,400}?${LOADS}`]
        .map((value) => String.raw`\bNODE_OPTIONS\s*\+?=` + value)
        .join('|'),
    ),
  },
  {
    hook: 'go -overlay, -toolexec, -exec or -modfile',
    pattern:
      /(?:\bGOFLAGS\s*\+?(?==)|\bgo\s+(?:test|run|build|vet)\b)[^\n;&|]{0,400}?[\s=]-{1,2}(?:overlay|toolexec|exec|modfile|vettool)\b/,
  },
  { hook: 'hooks of pytest', pattern: /^[ \t]*(?:async[ \t]+)?def[ \t]+pytest_\w+[ \t]*\(/m },
  { hook: 'RUBYOPT or PERL5OPT', pattern: /\b(?:RUBYOPT|PERL5OPT)\s*=/ },
  {
    hook: 'JAVA_TOOL_OPTIONS with an agent',
    pattern: /\b(?:JAVA_TOOL_OPTIONS|_JAVA_OPTIONS)\s*=[^\n;]{0,400}?-(?:javaagent|agentlib|agentpath)/,
  },
] as const;
