import type { Datum, ForwardBackward } from './tinker-shapes.ts';

/** The fields of a training request as SkyRL 0.3, miles and older SDKs write them. Unknown keys are refused by miles. */
export function forwardBackwardInput({ data, lossFn, lossConfig }: ForwardBackward): object {
  return {
    data: data.map(datumJson),
    loss_fn: lossFn,
    ...(lossConfig === undefined ? {} : { loss_fn_config: lossConfig }),
  };
}

export function textInput(tokens: readonly number[]): object {
  return { chunks: [{ type: 'encoded_text', tokens }] };
}

function datumJson({ tokens, lossInputs }: Datum): object {
  return {
    model_input: textInput(tokens),
    loss_fn_inputs: Object.fromEntries(
      Object.entries(lossInputs).map(([name, { data, dtype }]) => [name, { data, dtype, shape: [data.length] }]),
    ),
  };
}
