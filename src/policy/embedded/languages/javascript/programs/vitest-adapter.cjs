// Runs the tests of one file with vitest and the project's own configuration. `setUp` are files that run before it.
async function runFile(file, session, setUp = []) {
  const { startVitest } = await import(pathToFileURL(near(file).resolve("vitest/node")).href);
  const absolute = path.resolve(file);
  const plugin = {
    name: "set-up",
    config: () => ({ test: { setupFiles: setUp } }),
  };
  const options = { watch: false, run: true, reporters: [{}], cache: false, coverage: { enabled: false }, ui: false };
  const vitest = await startVitest("test", [absolute], options, setUp.length > 0 ? { plugins: [plugin] } : {});
  const visit = (task, titles) => {
    const own = [...titles, task.name];
    if (task.type === "suite") return task.tasks.forEach((child) => visit(child, own));
    const { state, errors = [] } = task.result || {};
    const outcome = state === "pass" ? "passed" : state === "fail" ? "failed" : "skipped";
    session.end(session.begin(own), outcome, errors);
  };
  for (const each of vitest.state.getFiles().filter(({ filepath }) => filepath === absolute)) {
    if (each.tasks.length === 0 || (each.result && each.result.errors)) {
      listOf(each.result && each.result.errors).forEach((error) => session.broken(error));
    }
    each.tasks.forEach((task) => visit(task, []));
  }
  await vitest.close();
}
