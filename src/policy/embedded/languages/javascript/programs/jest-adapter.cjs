// Runs the tests of one file with jest and the project's own configuration. `setUp` are files that run before it.
async function runFile(file, session, setUp = []) {
  const { runCLI } = near(file)("jest");
  const options = {
    _: [path.resolve(file)],
    $0: "jest",
    runTestsByPath: true,
    runInBand: true,
    ci: true,
    silent: true,
    watchman: false,
    coverage: false,
    reporters: [],
    ...(setUp.length > 0 ? { setupFilesAfterEnv: setUp } : {}),
  };
  const { results } = await runCLI(options, [process.cwd()]);
  for (const suite of results.testResults) {
    if (suite.testExecError) session.broken(suite.testExecError);
    for (const test of suite.testResults) {
      const outcome = test.status === "passed" || test.status === "failed" ? test.status : "skipped";
      const errors = test.failureMessages.map((stack) => ({ message: stack.split("\n")[0], stack }));
      session.end(session.begin([...test.ancestorTitles, test.title]), outcome, errors);
    }
  }
}
