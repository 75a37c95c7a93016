// Which functions and lines of the library each test comes by: V8's own counters, read and set back whenever another
// test begins or ends. `createObserver(root)` gives `enter(key)`, `leave(key)` and `seen`, by key.
//
// Tests may lie in one another, so what happens between two readings belongs to the innermost that is open. Positions in
// code that was compiled on the way (TypeScript, vitest) are led back by the source map that it carries.
function createObserver(root) {
  const { Session } = require("inspector");
  const nodePath = require("path");
  const session = new Session();
  session.connect();
  const post = (method, parameters) => {
    let answer;
    session.post(method, parameters, (error, result) => {
      answer = error ? undefined : result;
    });
    return answer;
  };
  post("Debugger.enable");
  post("Profiler.enable");
  post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  const scripts = new Map();
  const open = [];
  const seen = new Map();

  function libraryPath(url) {
    let file = url.replace(/[?#].*$/s, "");
    if (file.startsWith("file://")) {
      try {
        file = decodeURIComponent(file.slice(7));
      } catch (_) {
        return undefined;
      }
    }
    if (!file.startsWith(root + nodePath.sep)) return undefined;
    const relative = file.slice(root.length + 1);
    return /^[\w.@/-]+\.[cm]?[jt]sx?$/.test(relative) && !isTestPath(relative) ? relative : undefined;
  }

  function describe({ scriptId, url }) {
    const file = libraryPath(url);
    const source = file && (post("Debugger.getScriptSource", { scriptId }) || {}).scriptSource;
    if (!source || source.length > 2000000) return null;
    const starts = [0];
    for (let at = source.indexOf("\n"); at !== -1; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
    const encoded = [...source.matchAll(/\/\/# sourceMappingURL=data:application\/json;[^,]*base64,([\w+/=]+)/g)].pop();
    let mappings;
    try {
      mappings = encoded && JSON.parse(Buffer.from(encoded[1], "base64").toString()).mappings;
    } catch (_) {}
    const anchors = typeof mappings === "string" ? mappedAnchors(mappings, starts) : ownAnchors(source, starts);
    return { file, length: source.length, anchors };
  }

  function read(into) {
    const { result = [] } = post("Profiler.takePreciseCoverage") || {};
    if (into === undefined) return;
    for (const script of result) {
      if (!scripts.has(script.scriptId)) scripts.set(script.scriptId, describe(script));
      const known = scripts.get(script.scriptId);
      if (known === null || !script.functions.some(({ ranges }) => ranges[0].count > 0)) continue;
      const { file, length, anchors } = known;
      const covered = new Int8Array(anchors.length);
      const ordered = script.functions.sort(
        (one, other) =>
          one.ranges[0].startOffset - other.ranges[0].startOffset ||
          other.ranges[0].endOffset - one.ranges[0].endOffset,
      );
      for (const { functionName, ranges } of ordered) {
        const [{ count, startOffset, endOffset }] = ranges;
        const begins = anchors[Math.max(0, firstFrom(anchors, startOffset + 1) - 1)];
        if (count > 0 && begins !== undefined && (startOffset > 0 || endOffset < length)) {
          into.calls.add(JSON.stringify([file, begins.line, functionName]));
        }
        for (const range of ranges) {
          const until = firstFrom(anchors, range.endOffset);
          covered.fill(range.count > 0 ? 1 : 0, firstFrom(anchors, range.startOffset), until);
        }
      }
      covered.forEach((mark, index) => {
        if (mark === 1) into.lines.add(file + ":" + anchors[index].line);
      });
    }
  }

  const current = () => (open.length === 0 ? undefined : seen.get(open[open.length - 1]));
  return {
    seen,
    enter: (key) => {
      read(current());
      open.push(key);
      seen.set(key, { calls: new Set(), lines: new Set() });
    },
    leave: (key) => {
      read(current());
      const place = open.lastIndexOf(key);
      if (place !== -1) open.splice(place, 1);
    },
  };
}

// The places that stand for lines: where the first letter of each is.
function ownAnchors(source, starts) {
  return starts.map((start, line) => {
    const end = starts[line + 1] === undefined ? source.length : starts[line + 1];
    return { offset: start + /^\s*/.exec(source.slice(start, end))[0].length, line: line + 1 };
  });
}

// In compiled code: the first place that each line of the original led to, from the map's base-64 digits.
function mappedAnchors(mappings, starts) {
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const first = new Map();
  let original = 0;
  mappings.split(";").forEach((segments, line) => {
    let column = 0;
    for (const segment of segments.split(",")) {
      const fields = [];
      let [value, shift] = [0, 0];
      for (const letter of segment) {
        const digit = DIGITS.indexOf(letter);
        value += (digit & 31) << shift;
        shift += 5;
        if (digit < 32) {
          fields.push(value & 1 ? -(value >> 1) : value >> 1);
          [value, shift] = [0, 0];
        }
      }
      column += fields[0] || 0;
      if (fields.length < 4 || starts[line] === undefined) continue;
      original += fields[2];
      if (!first.has(original)) first.set(original, { offset: starts[line] + column, line: original + 1 });
    }
  });
  return [...first.values()].sort((one, other) => one.offset - other.offset);
}

// The index of the first anchor that is not before an offset.
function firstFrom(anchors, offset) {
  let [low, high] = [0, anchors.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (anchors[middle].offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isTestPath(file) {
  const folders = file.split("/");
  const name = folders.pop();
  if (folders.includes("node_modules")) return true;
  if (folders.some((folder) => /^(?:tests?|__tests__|unittests?|specs?|e2e|testdata)$/.test(folder))) return true;
  return /^(?:.+[._-](?:test|spec)s?|tests?[._-].+|tests?)\.[cm]?[jt]sx?$/.test(name);
}
