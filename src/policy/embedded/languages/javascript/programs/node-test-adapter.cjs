// Runs the tests of one file with node:test, in a process of their own as `node --test` does.
//
// A test fails for its own reasons only: one that does nothing but hold subtests counts as passed when these fail.
function runFile(file, session) {
  const { run } = require("node:test");
  const absolute = path.resolve(file);
  const titles = [];
  const isFile = ({ name }) => path.resolve(name) === absolute;
  const end = (event, passed) => {
    const { error, type } = event.details || {};
    const own = [...titles.slice(0, event.nesting), event.name];
    if (type === "suite" || event.skip !== undefined || event.todo !== undefined) return;
    if (event.nesting === 0 && isFile(event))
      return passed ? undefined : session.broken((error && error.cause) || error);
    const spared = passed || (error && error.failureType === "subtestsFailed");
    session.end(session.begin(own), spared ? "passed" : "failed", spared ? [] : [(error && error.cause) || error]);
  };
  return new Promise((resolve, reject) => {
    const stream = run({ files: [absolute], concurrency: 1 });
    stream.on("test:start", ({ nesting, name }) => titles.splice(nesting, titles.length, name));
    stream.on("test:pass", (event) => end(event, true));
    stream.on("test:fail", (event) => end(event, false));
    stream.on("end", resolve);
    stream.on("error", reject);
    stream.resume();
  });
}
