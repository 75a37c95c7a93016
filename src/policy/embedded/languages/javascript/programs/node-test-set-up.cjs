// Loaded before the tests of node:test; follows observing.cjs. The process that starts the others has no tests.
if (process.env.NODE_TEST_CONTEXT) {
  const { beforeEach, afterEach } = require("node:test");
  const observed = startObserving();
  const keyOf = (test) => test.fullName || test.name;
  beforeEach((test) => observed.enter(keyOf(test)));
  afterEach((test) => observed.leave(keyOf(test)));
}
