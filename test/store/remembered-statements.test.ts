import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import { rememberStatements } from '../../src/store/ledger/remembered-statements.ts';

describe('remembered statements', () => {
  function remember() {
    const connection = new Database(':memory:');
    const compiled: string[] = [];
    const statements = rememberStatements((sql) => {
      compiled.push(sql);
      return connection.prepare(sql);
    });
    return { statements, compiled };
  }

  it('are compiled once, until they are forgotten', () => {
    const { statements, compiled } = remember();
    expect(statements.prepare('select 1 as one').all([])).toEqual([{ one: 1 }]);
    expect(statements.prepare('select 1 as one').all([])).toEqual([{ one: 1 }]);
    statements.forget('select 1 as one');
    statements.prepare('select 1 as one');
    expect(compiled).toEqual(['select 1 as one', 'select 1 as one']);
  });

  it('are those that were used last', () => {
    const { statements, compiled } = remember();
    for (let index = 0; index < 1000; index += 1) {
      statements.prepare('select 1');
      statements.prepare(`select ${index + 2}`);
    }
    expect(compiled.filter((sql) => sql === 'select 1')).toHaveLength(1);
    statements.prepare('select 2');
    expect(compiled.filter((sql) => sql === 'select 2')).toHaveLength(2);
  });
});
