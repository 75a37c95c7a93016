import { Lang, type SgNode } from '@ast-grep/napi';

import { unescaped } from '../domain/report/javascript-titles.ts';
import { readSource, type Grammar } from './source-language.ts';

/** Names of tests, by what they are given to. */
export interface TestNames {
  readonly functions: ReadonlySet<string>;
  /** Of functions that a call is handed together with their title. */
  readonly titles: ReadonlySet<string>;
}

/**
 * Which of these names a source file defines, each as often as it stands there. None where the language is not known.
 * Whether such code ever runs is not asked.
 */
export function definedNames(path: string, text: string, known: TestNames): readonly string[] {
  const source = readSource(path, text);
  if (source === undefined) return [];
  const definitions = source.root.findAll({ rule: { any: KINDS[source.grammar].map((kind) => ({ kind })) } });
  return definitions.flatMap((definition) => {
    if (definition.kind() === 'call_expression') return titleOf(definition).filter((title) => known.titles.has(title));
    const name = definition.field('name')?.text() ?? '';
    return known.functions.has(name) ? [name] : [];
  });
}

const SCRIPT = ['function_declaration', 'method_definition', 'call_expression'];

const KINDS: Readonly<Record<Grammar, readonly string[]>> = {
  python: ['function_definition'],
  go: ['function_declaration', 'method_declaration', 'call_expression'],
  [Lang.JavaScript]: SCRIPT,
  [Lang.TypeScript]: SCRIPT,
  [Lang.Tsx]: SCRIPT,
};

function titleOf(call: SgNode): readonly string[] {
  const given = (call.field('arguments')?.children() ?? []).filter(
    (argument) => argument.isNamed() && argument.kind() !== 'comment',
  );
  const [title] = given;
  const isTitle = title !== undefined && TITLES.has(String(title.kind())) && !title.text().includes('${');
  const isGiven = TESTING.test(call.field('function')?.text() ?? '') ? given.length > 1 : given.some(isFunction);
  const named = isTitle && isGiven;
  return named ? [unescaped(title.text().slice(1, -1))] : [];
}

const TITLES = new Set(['string', 'template_string', 'interpreted_string_literal', 'raw_string_literal']);

/** Calls that make a test, whatever they are handed: a name, too, may be a function. */
const TESTING = /^(?:[fx]?it|[fx]?test|specify|t|suite)(?:\.\w+)*$|\.Run$/;

function isFunction(argument: SgNode): boolean {
  return FUNCTIONS.has(String(argument.kind()));
}

const FUNCTIONS = new Set(['arrow_function', 'function_expression', 'generator_function', 'func_literal']);
