// Temporal's SDK loads it by its path, with `require` in the worker and by its bundler for workflows.
const { DefaultFailureConverter } = require('@temporalio/common');

/** Messages and stacks of failures are encoded like any payload, so that they are encrypted too. */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
