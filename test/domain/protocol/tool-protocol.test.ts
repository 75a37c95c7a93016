import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applySearchReplace,
  readToolCall,
  renderToolCall,
  type ToolCall,
} from '../../../src/domain/protocol/tool-protocol.ts';

function callIn(reply: string): ToolCall | string {
  const reading = readToolCall(reply);
  if (reading.kind === 'call') return reading.call;
  return reading.kind === 'none' ? 'none' : reading.problem;
}

describe('readToolCall', () => {
  it.each<[string, string, ToolCall]>([
    ['a command', '<tool: bash>\nls -l\n</tool>', { tool: 'bash', command: 'ls -l' }],
    ['several lines', '<tool: bash>\ncd a\n\nls\n</tool>', { tool: 'bash', command: 'cd a\n\nls' }],
    ['text before the call', 'Let me look.\n\n<tool: bash>\nls\n</tool>', { tool: 'bash', command: 'ls' }],
    ['text behind the call', '<tool: bash>\nls\n</tool>\nThat will do.', { tool: 'bash', command: 'ls' }],
    ['text on the opening line', 'Now: <tool: bash>\nls\n</tool>', { tool: 'bash', command: 'ls' }],
    [
      'a tag in prose before the call',
      'I use <tool: bash> now.\n<tool: bash>\nls\n</tool>',
      { tool: 'bash', command: 'ls' },
    ],
    ['white space around tags', '  <tool: bash> \nls\n </tool> \n', { tool: 'bash', command: 'ls' }],
    ['Windows line ends of tags', '<tool: bash>\r\nls\n</tool>\r\n', { tool: 'bash', command: 'ls' }],
    [
      'a closing line inside a heredoc',
      "<tool: bash>\ncat > a <<'E'\n</tool>\nE\n</tool>",
      { tool: 'bash', command: "cat > a <<'E'\n</tool>\nE" },
    ],
    [
      'a command that mentions a tag',
      "<tool: bash>\ngrep -n '<tool: bash>' a\n</tool>",
      { tool: 'bash', command: "grep -n '<tool: bash>' a" },
    ],
    [
      'a draft in the thoughts',
      '<think>\n<tool: bash>\nrm x\n</tool>\n</think>\n<tool: bash>\nls\n</tool>',
      { tool: 'bash', command: 'ls' },
    ],
    [
      'thoughts opened by the template',
      'hm\n<tool: bash>\nrm\n</tool>\n</think>\n<tool: bash>\nls\n</tool>',
      { tool: 'bash', command: 'ls' },
    ],
    [
      'the end of thoughts in a command',
      '<tool: bash>\necho "</think>"\n</tool>',
      { tool: 'bash', command: 'echo "</think>"' },
    ],
    [
      'a file',
      '<tool: create>\na/b.py\nx = 1\n\ny = 2\n</tool>',
      { tool: 'create', path: 'a/b.py', content: 'x = 1\n\ny = 2\n' },
    ],
    ['an empty file', '<tool: create>\na/__init__.py\n</tool>', { tool: 'create', path: 'a/__init__.py', content: '' }],
    [
      'an edit',
      '<tool: edit>\na.py\n<<<<<<< SEARCH\n  x = 1\n=======\n  x = 2\n  y = 3\n>>>>>>> REPLACE\n</tool>',
      { tool: 'edit', path: 'a.py', search: '  x = 1', replace: '  x = 2\n  y = 3' },
    ],
    [
      'an edit that removes lines',
      '<tool: edit>\na.py\n<<<<<<< SEARCH\nx\ny\n=======\n>>>>>>> REPLACE\n</tool>',
      { tool: 'edit', path: 'a.py', search: 'x\ny', replace: '' },
    ],
    [
      'an edit whose new text has a line of equal signs',
      '<tool: edit>\na.rst\n<<<<<<< SEARCH\nTitle\n=======\nTitles\n=======\n>>>>>>> REPLACE\n\n</tool>',
      { tool: 'edit', path: 'a.rst', search: 'Title', replace: 'Titles\n=======' },
    ],
    [
      'a submission',
      '<tool: submit>\n/tmp/a.diff\n\n  b.txt \n</tool>',
      { tool: 'submit', paths: ['/tmp/a.diff', 'b.txt'] },
    ],
  ])('reads %s', (_, reply, call) => {
    expect(callIn(reply)).toEqual(call);
  });

  it.each(['', 'I am done.', 'The tool is bash.', '<think>\n<tool: bash>\nls\n</tool>\n</think>\nI am done.'])(
    'finds no call in %j',
    (reply) => {
      expect(readToolCall(reply)).toEqual({ kind: 'none' });
    },
  );

  it.each([
    [
      'two calls',
      '<tool: bash>\na\n</tool>\n<tool: bash>\nb\n</tool>',
      'expected one tool call, found 2: make exactly one call a turn',
    ],
    [
      'a call and an imagined result',
      '<tool: bash>\na\n</tool>\nok\n<tool: submit>\nb\n</tool>',
      'expected one tool call, found 2',
    ],
    [
      'half of a surrogate pair',
      '<tool: create>\na\uD800.py\nx = 1\n</tool>',
      'the arguments of the create tool hold half of a surrogate pair, which is no character',
    ],
    ['an unclosed call', '<tool: bash>\nls', 'the tool call is not closed'],
    ['a closing tag at the end of a line', '<tool: bash>\nls</tool>', 'the tool call is not closed'],
    [
      'a call on one line',
      '<tool: bash>ls</tool>',
      'the tags <tool: NAME> and </tool> must each end a line of their own',
    ],
    ['a lone closing tag', 'ls\n</tool>', 'the tags <tool: NAME> and </tool> must each end a line of their own'],
    ['a closing tag before the opening one', '</tool>\n<tool: bash>\nls', 'the tool call is not closed'],
    [
      'an unknown tool',
      '<tool: python>\n1\n</tool>',
      'there is no tool "python"; there are bash, edit, create, submit',
    ],
    ['a tool of the prototype', '<tool: constructor>\n1\n</tool>', 'there is no tool "constructor"'],
    ['an empty command', '<tool: bash>\n\n \n</tool>', 'the bash tool needs arguments, and they are empty'],
    ['no lines at all', '<tool: submit>\n</tool>', 'the submit tool needs arguments, and they are empty'],
    ['a file without a path', '<tool: create>\n\nx\n</tool>', 'the first line of the create tool must be the path'],
    ['an edit without a block', '<tool: edit>\na.py\nx\n</tool>', 'the edit tool takes the path on its first line'],
    [
      'an edit without a path',
      '<tool: edit>\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n</tool>',
      'the edit tool takes the path',
    ],
    [
      'an edit without a divider',
      '<tool: edit>\na\n<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n</tool>',
      'the edit tool takes the path',
    ],
    [
      'an edit without an end',
      '<tool: edit>\na\n<<<<<<< SEARCH\nx\n=======\ny\n</tool>',
      'the edit tool takes the path',
    ],
    [
      'text behind the block of an edit',
      '<tool: edit>\na\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\nz\n</tool>',
      'the edit tool takes the path',
    ],
    [
      'two blocks',
      '<tool: edit>\na\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n</tool>',
      'only one search/replace block is allowed in one edit',
    ],
    [
      'an empty search',
      '<tool: edit>\na\n<<<<<<< SEARCH\n=======\ny\n>>>>>>> REPLACE\n</tool>',
      'the search lines of the edit are empty',
    ],
  ])('explains what is wrong with %s', (_, reply, problem) => {
    const reading = readToolCall(reply);
    expect(reading.kind).toBe('malformed');
    expect(callIn(reply)).toContain(problem);
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      '<tool: bash>',
      '<tool: edit>',
      '<tool: create>',
      '</tool>',
      '<<<<<<< SEARCH',
      '=======',
      '>>>>>>> REPLACE',
      '<think>',
      '</think>',
      'a',
      '',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 10 }), (pieces) => {
        expect(['call', 'none', 'malformed']).toContain(readToolCall(pieces.join('\n')).kind);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('renderToolCall', () => {
  // The protocol cannot carry its own marks on lines of their own, nor a first line of nothing.
  const line = fc
    .oneof(fc.string(), fc.constantFrom('x = 1', '</tool>', '# </tool>', '', '  y', '<think>'))
    .filter((text) => !/<tool:|<<<<<<<|>>>>>>>|=======|<\/think>/.test(text) && !text.includes('\n'));
  const block = fc.array(line, { minLength: 1, maxLength: 6 }).map((lines) => lines.join('\n'));
  const spoken = block.filter((text) => text.trim() !== '');
  const path = fc
    .string({ minLength: 1 })
    .filter((text) => text.trim() === text && text !== '' && !/[\n<>=]/.test(text));
  const call: fc.Arbitrary<ToolCall> = fc.oneof(
    fc.record({ tool: fc.constant('bash' as const), command: spoken }),
    fc.record({ tool: fc.constant('submit' as const), paths: fc.array(path, { minLength: 1 }) }),
    fc.record({
      tool: fc.constant('create' as const),
      path,
      content: fc.oneof(
        fc.constant(''),
        block.map((text) => `${text}\n`),
      ),
    }),
    fc.record({ tool: fc.constant('edit' as const), path, search: spoken, replace: block }),
  );

  it('is undone by readToolCall', () => {
    fc.assert(
      fc.property(call, fc.constantFrom('', 'Let me see.\n\n'), (given, thought) => {
        expect(readToolCall(thought + renderToolCall(given))).toEqual({ kind: 'call', call: given });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('applySearchReplace', () => {
  it.each([
    ['one line', 'a\nb\nc\n', 'b', 'x', 'a\nx\nc\n'],
    ['several lines by more', 'a\nb\nc\n', 'a\nb', 'x\ny\nz', 'x\ny\nz\nc\n'],
    ['the last line without a line feed', 'a\nb', 'b', 'x', 'a\nx'],
    ['lines by nothing', 'a\nb\nc\n', 'b', '', 'a\nc\n'],
    ['the whole text', 'a\n', 'a', 'b', 'b\n'],
    ['text that looks like a pattern', 'a.*\naxx\n', 'a.*', '$&', '$&\naxx\n'],
  ])('replaces %s', (_, text, search, replace, result) => {
    expect(applySearchReplace(text, search, replace)).toEqual({ applied: true, text: result });
  });

  it.each([
    ['does not appear', 'a\nb\n', 'c', 'the search lines do not appear verbatim'],
    ['is only part of a line', 'abc\n', 'b', 'the search lines do not appear verbatim'],
    ['has another indentation', '  a\n', 'a', 'the search lines do not appear verbatim'],
    ['appears twice', 'a\nb\na\n', 'a', 'the search lines appear 2 times, at lines 1, 3; they must be unique'],
    ['overlaps itself', 'a\na\na\n', 'a\na', 'the search lines appear 2 times, at lines 1, 2'],
  ])('leaves the text alone when the search %s', (_, text, search, problem) => {
    const result = applySearchReplace(text, search, 'x');
    expect(result.applied).toBe(false);
    expect(result.applied ? '' : result.problem).toContain(problem);
  });
});
