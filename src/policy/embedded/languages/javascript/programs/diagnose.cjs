// Runs in the sandbox, at the tree's root: test files, each in a process of its own, and says which tests failed and why.
//
// Under observation it also counts which functions and lines of the library failing and passing tests came by. The
// request is the first argument, JSON; what this prints goes to descriptor 3. Where tests run in this very process
// (tape, mocha) it observes them itself; elsewhere a file that the runner loads before the tests does, and leaves what
// it saw in a file of its own. Follows the session program, an adapter and the coverage program.
const request = JSON.parse(process.argv[2]);
const root = process.cwd();
const begin = Date.now();
// Reading the counters takes milliseconds; after a while only the tests that matter most are followed.
const PATIENCE_MS = 6000;

function framesOf(stack) {
  const lines = String(stack || "")
    .split("\n")
    .slice(0, 60);
  const frames = lines.flatMap((line) => {
    const match = /^\s*at (?:(?:async |new )?(.*?) \()?(?:file:\/\/)?([^()]*?):(\d+):\d+\)?\s*$/.exec(line);
    if (match === null) return [];
    const file = path.resolve(root, match[2].replace(/\?.*$/, ""));
    const relative = path.relative(root, file);
    if (relative.startsWith("..") || isTestPath(relative) || !/\.[cm]?[jt]sx?$/.test(relative)) return [];
    const name = (match[1] || "")
      .split(".")
      .pop()
      .replace(/ \[as .*$/, "");
    return [[relative, Number(match[3]), name || "(anonymous)"]];
  });
  return frames.reverse().slice(-12);
}

function noteOf(id, error) {
  const message = String((error && error.message) || error);
  const kind = (error && (error.name || (error.constructor && error.constructor.name))) || "Error";
  const told = /^(\w*Error)(?: \[\w+\])?: ([^]*)$/.exec(message);
  return [id, told ? told[1] : String(kind), (told ? told[2] : message).slice(0, 600), framesOf(error && error.stack)];
}

async function runOne(file) {
  const nameOf = createNaming(file);
  const inProcess = typeof SET_UP === "undefined";
  const observer = request.observe && inProcess ? createObserver(root) : undefined;
  const detail = new Set(request.detail);
  const followed = new Set();
  const outcomes = {};
  const failures = [];
  const keys = {};
  const session = {
    begin: (titles) => {
      const id = nameOf(titles);
      keys[id] = titles.map(String).join("\n");
      outcomes[id] = "failed";
      if (observer && (Date.now() - begin < PATIENCE_MS || detail.has(String(titles[titles.length - 1])))) {
        followed.add(id);
        observer.enter(id);
      }
      return id;
    },
    end: (id, outcome, errors) => {
      if (followed.has(id)) observer.leave(id);
      if (outcome === "skipped") delete outcomes[id];
      else outcomes[id] = outcome;
      errors.slice(0, 3).forEach((error) => failures.push(noteOf(id, error)));
    },
    broken: (error) => {
      outcomes[file] = "failed";
      failures.push(noteOf(file, error));
    },
  };
  const finish = () => {
    const seen = observer ? [...observer.seen] : inProcess ? [] : observedBy(keys);
    const plain = seen.map(([id, { calls, lines }]) => [id, [...calls], [...lines]]);
    fs.writeSync(3, JSON.stringify({ outcomes, failures, seen: plain }));
  };
  process.on("exit", finish);
  await readTypeScript(file);
  await runFile(file, session, request.observe && !inProcess ? SET_UP(file) : []).catch((error) =>
    session.broken(error),
  );
  process.exit();
}

// What the set-up file wrote, by the ids of the tests whose titles it names.
function observedBy(keys) {
  let text = "";
  try {
    text = fs.readFileSync(request.observed, "utf8");
  } catch (_) {}
  const ids = new Map(Object.entries(keys).map(([id, key]) => [key.replace(/\n/g, JOINT), id]));
  return text
    .split("\n")
    .filter(Boolean)
    .flatMap((line) => {
      const { key, calls, lines } = JSON.parse(line);
      return ids.has(key) ? [[ids.get(key), { calls, lines }]] : [];
    });
}

function runAll() {
  const { spawnSync } = require("child_process");
  const report = { outcomes: {}, failures: [], calls: new Map(), lines: new Map() };
  const count = (counts, key, side) => {
    if (!counts.has(key)) counts.set(key, [0, 0]);
    counts.get(key)[side] += 1;
  };
  for (const [index, file] of request.files.entries()) {
    const one = { ...request, file, observed: request.place + "." + process.pid + "." + index };
    const left = request.limit * 1000 - (Date.now() - begin);
    const { output } = spawnSync(process.execPath, [__filename, JSON.stringify(one)], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
      timeout: Math.max(1, left),
      killSignal: "SIGKILL",
      maxBuffer: 1 << 28,
    });
    fs.rmSync(one.observed, { force: true });
    if (Date.now() - begin >= request.limit * 1000) process.exit(3);
    let found;
    try {
      found = JSON.parse(output[3].toString());
    } catch (_) {
      report.outcomes[file] = "failed";
      continue;
    }
    Object.assign(report.outcomes, found.outcomes);
    report.failures.push(...found.failures);
    for (const [id, calls, lines] of found.seen) {
      if (found.outcomes[id] === undefined) continue;
      const side = found.outcomes[id] === "failed" ? 0 : 1;
      calls.forEach((call) => count(report.calls, call, side));
      lines.forEach((line) => count(report.lines, line, side));
    }
  }
  const called = [...report.calls]
    .filter((entry) => entry[1][0] > 0)
    .sort((one, other) => other[1][0] - one[1][0] || one[1][1] - other[1][1] || (one[0] < other[0] ? -1 : 1))
    .slice(0, 150)
    .map(([key, counts]) => [...JSON.parse(key), ...counts])
    .filter((call) => typeof call[1] === "number");
  const lines = {};
  for (const [key, counts] of report.lines) {
    if (counts[0] === 0) continue;
    const colon = key.lastIndexOf(":");
    const list = (lines[key.slice(0, colon)] = lines[key.slice(0, colon)] || []);
    list.push([Number(key.slice(colon + 1)), ...counts]);
  }
  for (const file of Object.keys(lines))
    lines[file] = lines[file].sort((one, other) => one[0] - other[0]).slice(0, 600);
  const seconds = Math.round((Date.now() - begin) / 10) / 100;
  const { outcomes, failures } = report;
  fs.writeSync(3, JSON.stringify({ seconds, outcomes, failures: failures.slice(0, 20), called, lines }) + "\n");
}

if (request.file === undefined) runAll();
else runOne(request.file);
