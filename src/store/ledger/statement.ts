import { sql, type Compilable, type QueryResult, type RawBuilder } from 'kysely';
import type { LedgerTransaction } from './ledger-database.ts';

/** A statement as it is executed with one input after another. */
export type Statement<Input, Row> = (transaction: LedgerTransaction, input: Input) => Promise<QueryResult<Row>>;

/**
 * Builds a statement once, with `given('field')` where a field of its input belongs. To build and compile one of the
 * journal takes as long as to execute it, so this is for what each turn does.
 */
export function createStatement<Input, Row>(
  build: (given: <Key extends keyof Input>(field: Key) => RawBuilder<Input[Key]>) => Compilable<Row>,
): Statement<Input, Row> {
  const fields = new Map<unknown, keyof Input>();
  const compiled = build(<Key extends keyof Input>(field: Key) => {
    const place = Symbol(String(field));
    fields.set(place, field);
    return sql<Input[Key]>`${place}`;
  }).compile();
  return (transaction, input) =>
    transaction.executeQuery({
      ...compiled,
      parameters: compiled.parameters.map((parameter) => {
        const field = fields.get(parameter);
        return field === undefined ? parameter : input[field];
      }),
    });
}
