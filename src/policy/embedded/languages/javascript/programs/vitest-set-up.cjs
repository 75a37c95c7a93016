// Loaded before the tests of vitest, behind an import of its hooks; follows observing.cjs.
const observed = startObserving();
const keyOf = (task) => (task.suite && task.suite.name ? keyOf(task.suite) + " > " + task.name : task.name);
beforeEach((context) => observed.enter(keyOf(context.task || context.meta)));
afterEach((context) => observed.leave(keyOf(context.task || context.meta)));
