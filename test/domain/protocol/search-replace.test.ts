import { describe, expect, it } from 'vitest';

import { applySearchReplace } from '../../../src/domain/protocol/search-replace.ts';

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

describe('a file with other line ends', () => {
  it.each([
    ['gets them in new lines', 'a\r\nb\r\nc\r\n', 'b', 'x\ny', 'a\r\nx\r\ny\r\nc\r\n'],
    ['is found over several of its lines', 'a\r\nb\r\nc\r\n', 'a\nb', 'x', 'x\r\nc\r\n'],
    ['loses lines whole', 'a\r\nb\r\nc\r\n', 'b', '', 'a\r\nc\r\n'],
    ['keeps a last line without one', 'a\r\nb', 'b', 'x\ny', 'a\r\nx\r\ny'],
    ['loses its last line', 'a\r\nb', 'b', '', 'a'],
    ['keeps each of a mixture as it is', 'a\nb\r\nc\n', 'b', 'x\ny', 'a\nx\r\ny\r\nc\n'],
    ['keeps its byte order mark', '\uFEFFa\r\nb\r\n', 'a', 'x', '\uFEFFx\r\nb\r\n'],
  ])('%s', (_, text, search, replace, result) => {
    expect(applySearchReplace(text, search, replace)).toEqual({ applied: true, text: result });
  });
});
