/** The functions of a module, each of which loads it when it is first called. */
type OnDemand<Module> = {
  readonly [Name in keyof Module]: Module[Name] extends (...given: infer Given) => infer Result
    ? (...given: Given) => Promise<Awaited<Result>>
    : never;
};

/**
 * What a command does, beside the few lines that say what it is: help and version are said without loading what does the
 * work, and each command loads its own. The import stands at the caller, where the compiler sees it:
 * `onDemand(async () => await import("./status.ts"))`.
 */
export function onDemand<Module extends object>(load: () => Promise<Module>): OnDemand<Module> {
  const call =
    (name: string | symbol) =>
    async (...given: unknown[]): Promise<unknown> => {
      const found: unknown = Reflect.get(await load(), name);
      if (typeof found !== "function") throw new TypeError(`no function ${String(name)} is exported there`);
      return await Reflect.apply(found, undefined, given);
    };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every name is answered with a function that loads, or throws
  return new Proxy({} as OnDemand<Module>, { get: (_none, name) => call(name) });
}
