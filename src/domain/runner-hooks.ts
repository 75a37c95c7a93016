/**
 * Ways in which a script puts code of its own into the programs that it starts, behind the back of the tests: named by
 * what they are, in the order of the list (SPEC 4, check 3). An honest script needs none of them.
 *
 * This is a sieve for what is plain to see. A script is a program and can do the same in other words; what it gains by
 * that is found by determinism, neutral-edit and sabotage.
 */
export function runnerHooksIn(script: string): readonly string[] {
  const text = script.replace(/["'\\]/g, '');
  return HOOKS.filter(({ pattern }) => pattern.test(text)).map(({ hook }) => hook);
}

const HOOKS = [
  { hook: 'LD_PRELOAD', pattern: /\bLD_(?:PRELOAD|AUDIT)\s*\+?=/ },
  { hook: 'BASH_ENV', pattern: /\bBASH_ENV\s*\+?=/ },
  { hook: 'PYTHONSTARTUP, PYTHONHOME or PYTHONBREAKPOINT', pattern: /\bPYTHON(?:STARTUP|HOME|BREAKPOINT)\s*=/ },
  { hook: 'sitecustomize or usercustomize', pattern: /\b(?:site|user)customize\b/ },
  // --experimental-vm-modules and --max-old-space-size are honest; what loads a module is not.
  {
    hook: 'NODE_OPTIONS that load a module',
    pattern: /\bNODE_OPTIONS\s*\+?=[^\n;]*?-(?:r\b|-(?:require|import|loader|experimental-loader)\b)/,
  },
  {
    hook: 'go -overlay, -toolexec, -exec or -modfile',
    pattern:
      /(?:\bGOFLAGS\s*=|\bgo\s+(?:test|run|build|vet)\b)[^\n;]*?\s?-{1,2}(?:overlay|toolexec|exec|modfile|vettool)\b/,
  },
  { hook: 'RUBYOPT or PERL5OPT', pattern: /\b(?:RUBYOPT|PERL5OPT)\s*=/ },
  {
    hook: 'JAVA_TOOL_OPTIONS with an agent',
    pattern: /\b(?:JAVA_TOOL_OPTIONS|_JAVA_OPTIONS)\s*=[^\n;]*-(?:javaagent|agentlib|agentpath)/,
  },
] as const;
