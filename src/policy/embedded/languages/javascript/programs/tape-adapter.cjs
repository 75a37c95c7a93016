// Runs the tests of one file with tape: a test is what `test(name, …)` or `t.test(name, …)` makes, and fails when one of
// its own assertions does.
//
// An exception in a test ends tape's whole process; here it fails the test that it comes from, and the others go on.
function runFile(file, session) {
  const tape = near(file)("tape");
  const Test = tape.Test;
  const titlesOf = new WeakMap();
  const open = [];
  const run = Test.prototype.run;
  const give = (test, error) => {
    test.problems.push(error);
    if (!test.ended && !test.calledEnd) test.end();
  };
  Test.prototype.run = function () {
    const titles = titlesOf.get(this) || [this.name];
    const skipped = this._skip || this._todo || !this._cb;
    const id = skipped ? undefined : session.begin(titles);
    this.problems = [];
    open.push(this);
    this.on("test", (child) => titlesOf.set(child, [...titles, child.name]));
    this.on("result", (result) => {
      if (typeof result === "object" && !result.ok && !result.todo && !result.skip) {
        this.problems.push(result.error || new Error(result.name));
      }
    });
    this.once("end", () => {
      open.splice(open.indexOf(this), 1);
      if (!skipped) session.end(id, this.problems.length > 0 ? "failed" : "passed", this.problems);
    });
    try {
      return run.apply(this, arguments);
    } catch (error) {
      give(this, error);
    }
  };
  const unexpected = (error) => {
    const test = open[open.length - 1];
    if (test === undefined) session.broken(error);
    else give(test, error);
  };
  process.on("uncaughtException", unexpected);
  process.on("unhandledRejection", unexpected);
  return new Promise((resolve, reject) => {
    // A harness without tests is done at once, so it waits until the file is loaded.
    if (tape.wait) tape.wait();
    load(file).then(() => {
      tape.onFinish(resolve);
      if (tape.run) tape.run();
    }, reject);
  });
}
