import type { ModelFault } from '../model/faulty-model.ts';
import type { Fault } from './fault.ts';

const failing = (fault: ModelFault): Fault => ({
  target: () => 'model',
  begin: ({ model }) => {
    model.fail(fault);
    return Promise.resolve(() => {
      model.fail(undefined);
    });
  },
});

/** How the model's endpoint fails for a while. */
export const MODEL_FAULTS = {
  'model-429': failing('429'),
  'model-500': failing('500'),
  'model-hang': failing('hang'),
  'model-garbage': failing('garbage'),
  'model-reset': failing('reset'),
  'model-cut': failing('cut'),
} as const satisfies Record<string, Fault>;
