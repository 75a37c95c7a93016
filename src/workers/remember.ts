/** The same for the same options; what fails is tried again. */
export function remember<Options, Value>(create: (options: Options) => Value): (options: Options) => Value {
  const known = new Map<string, Value>();
  return (options) => {
    const key = JSON.stringify(options);
    const value = known.get(key) ?? create(options);
    known.set(key, value);
    return value;
  };
}
