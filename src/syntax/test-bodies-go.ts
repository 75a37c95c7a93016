import type { SgNode } from '@ast-grep/napi';

import type { TestBody } from './test-body.ts';

const MESSAGE = '"made to fail on purpose"';

/**
 * The tests of a Go file: TestX, FuzzX and ExampleX as `go test` takes them, methods of suites, and Ginkgo's `It`. What
 * has a `*testing.T` ends by it, so that the rest of the binary still runs; subtests are inside. TestMain is no test.
 */
export function goTestBodies(root: SgNode): readonly TestBody[] {
  const functions = root.findAll({ rule: { any: [{ kind: 'function_declaration' }, { kind: 'method_declaration' }] } });
  return [...functions.flatMap(testFunction), ...root.findAll({ rule: { kind: 'call_expression' } }).flatMap(spec)];
}

function testFunction(definition: SgNode): readonly TestBody[] {
  const name = definition.field('name')?.text() ?? '';
  if (!/^(?:Test|Fuzz|Example)(?![a-z])/.test(name)) return [];
  const parameters = declaredParameters(definition);
  const first = parameters[0]?.text() ?? '';
  const tester = /^(?:(\w+)\s+)?\*?\w*\.?(?:T|F|TB)$/.exec(first);
  const inSuite = definition.kind() === 'method_declaration' && parameters.length === 0;
  const isExample = name.startsWith('Example') && parameters.length === 0;
  if (parameters.length > 1 || !(tester !== null || inSuite || isExample)) return [];
  const variable = tester?.[1];
  return raising(definition.field('body'), name, variable === '_' ? undefined : variable);
}

function declaredParameters(definition: SgNode): readonly SgNode[] {
  const parameters = definition.field('parameters')?.children() ?? [];
  return parameters.filter((child) => child.kind() === 'parameter_declaration');
}

function spec(call: SgNode): readonly TestBody[] {
  if (!/^(?:F?It|F?Specify)$/.test(call.field('function')?.text() ?? '')) return [];
  const given = call.field('arguments')?.children() ?? [];
  const body = given.find((argument) => argument.kind() === 'func_literal')?.field('body') ?? null;
  const title = given.find((argument) => argument.kind() === 'interpreted_string_literal');
  return raising(body, title?.text().slice(1, -1), undefined);
}

function raising(body: SgNode | null, name: string | undefined, tester: string | undefined): readonly TestBody[] {
  if (body === null) return [];
  const statement = tester === undefined ? `panic(${MESSAGE});` : `${tester}.Fatal(${MESSAGE});`;
  return [{ name, body, insertions: [{ at: body.range().start.index + 1, text: ` ${statement}` }] }];
}
