import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readToolCall } from '../../../src/domain/protocol/tool-protocol.ts';
import type { ToolCall } from '../../../src/domain/protocol/tool-call.ts';
import { renderToolCall } from '../../../src/domain/protocol/call-text.ts';

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
    ['Windows line ends', '<tool: bash>\r\nls\r\nls -l\r\n</tool>\r\n', { tool: 'bash', command: 'ls\nls -l' }],
    [
      'an edit with Windows line ends',
      '<tool: edit>\r\na.py\r\n<<<<<<< SEARCH\r\nx\r\n=======\r\ny\r\nz\r\n>>>>>>> REPLACE\r\n</tool>\r',
      { tool: 'edit', path: 'a.py', search: 'x', replace: 'y\nz' },
    ],
    [
      'a carriage return inside of a line',
      '<tool: create>\na.txt\n10 %\r20 %\r\n</tool>',
      { tool: 'create', path: 'a.txt', content: '10 %\r20 %\n' },
    ],
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
    ['an edit without a block', '<tool: edit>\na.py\nx\n</tool>', 'the edit tool takes a path on its first line'],
    [
      'an edit without a path',
      '<tool: edit>\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n</tool>',
      'the edit tool takes a path',
    ],
    [
      'an edit without a divider',
      '<tool: edit>\na\n<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n</tool>',
      'the edit tool takes a path',
    ],
    ['an edit without an end', '<tool: edit>\na\n<<<<<<< SEARCH\nx\n=======\ny\n</tool>', 'the edit tool takes a path'],
    [
      'text behind the block of an edit',
      '<tool: edit>\na\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\nz\n</tool>',
      'the edit tool takes a path',
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

  it.each([
    ['another case', '<Tool: bash>\nls\n</Tool>', 'bash'],
    ['another case, in the middle', 'Now this.\n<TOOL: submit>\n/tmp/a\n</TOOL>', 'submit'],
    ['a name as an attribute', '<tool name="edit">\na.py\n</tool>', 'edit'],
    ['a tag named after the tool', '<bash>\nls\n</bash>', 'bash'],
    ['square brackets', '[tool: create]\na.py\nx\n[/tool]', 'create'],
    ['a heading', '**Tool: bash**\nls', 'bash'],
    ['an action', 'Thought: look\nAction: bash\nAction Input: ls', 'bash'],
    ['JSON in a tag', '<tool_call>\n{"name": "submit", "arguments": {"paths": ["/tmp/a"]}}\n</tool_call>', 'submit'],
    ['JSON', '{"name": "bash", "arguments": {"command": "ls"}}', 'bash'],
    ['JSON that was cut off', 'Then:\n{"tool": "edit", "arguments": {"path": "a.py", "sea', 'edit'],
    ['quoted as Python does it', "{'tool_name': 'bash', 'command': 'ls'}", 'bash'],
    ['JSON without the name', '```json\n{"command": "ls -l"}\n```', 'bash'],
    ['function tags', '<function=bash>\n<parameter=command>\nls\n</parameter>\n</function>', 'bash'],
    ['invoke tags', '<function_calls>\n<invoke name="submit">\n</invoke>\n</function_calls>', 'submit'],
    ['special tokens', '<|python_tag|>bash.call(command="ls")', 'bash'],
    ['other special tokens', '[TOOL_CALLS] [{"name": "create"}]', 'create'],
    ['full-width special tokens', '<｜tool▁calls▁begin｜>function<｜tool▁sep｜>bash', 'bash'],
    ['a function call', 'I look.\nbash("ls -l")', 'bash'],
    ['a printed function call', 'print(default_api.submit(paths=["/tmp/a"]))', 'submit'],
    ['the block of an edit alone', 'a.py\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE', 'bash'],
    ['a block of shell text at the end', 'I look around.\n\n```bash\nls -l\n```\n', 'bash'],
    ['a mistake behind thoughts', '<think>\nhm\n</think>\n<Tool: submit>\n/tmp/a\n</Tool>', 'submit'],
  ])('takes a call in the form of %s for a malformed one, and shows the right form', (_, reply, tool) => {
    const reading = readToolCall(reply);
    expect(reading).toMatchObject({ kind: 'malformed', form: expect.stringMatching(new RegExp(`^<tool: ${tool}>\n`)) });
  });

  it.each([
    'I am done. The tests pass now.',
    'I ran the tests with `bash run.sh` and submitted the diff.',
    'To try it:\n\n```bash\npytest tests\n```\n\nAll 12 tests pass.',
    'The cause was `{"name": "value"}`, which the parser dropped.',
    'I used two tools: an editor and a shell.',
    '```python\nx = 1\n```',
    'edit (the function) did not strip tags such as <b>.',
    'Summary\n\n- submit() of the form now checks a < b',
  ])('takes %j for plain words', (reply) => {
    expect(readToolCall(reply)).toEqual({ kind: 'none' });
  });

  it('shows a form that it reads itself', () => {
    for (const name of ['bash', 'edit', 'create', 'submit']) {
      const reading = readToolCall(`<tool: ${name}>\n</tool>`);
      const form = reading.kind === 'malformed' ? reading.form : '';
      expect(readToolCall(form)).toMatchObject({ kind: 'call', call: { tool: name } });
    }
  });

  it.each([
    ['an open call', '<tool: create>\n/tmp/a.py\nx = 1\ny ='],
    ['no call', 'Let me think about'],
    ['a call with a closing line in a document', "<tool: bash>\ncat > a <<'E'\n</tool>\nand then"],
    ['nothing at all', ''],
  ])('runs nothing of a reply that was cut off with %s', (_, reply) => {
    expect(readToolCall(reply, 'length')).toMatchObject({
      kind: 'malformed',
      problem: expect.stringContaining('the reply was cut off because it was too long'),
    });
    expect(readToolCall(reply, 'content-filter')).toMatchObject({
      kind: 'malformed',
      problem: expect.stringContaining('content filter'),
    });
  });

  it('runs the call of a reply whose last words it was when the room was used up', () => {
    expect(readToolCall('<tool: bash>\nls\n</tool>\n', 'length')).toMatchObject({ kind: 'call' });
  });

  it.each(['<', ' ', '\n', '`', '[', '{', '"', '(', '<tool', '|', '```bash\n', 'bash(', '~~~sh\n~~~', '<｜'])(
    'reads a megabyte of %j at once',
    (piece) => {
      const words = piece.repeat(Math.ceil(1_000_000 / piece.length));
      expect(readToolCall(`${words}x`).kind).not.toBe('call');
    },
    20_000,
  );

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
