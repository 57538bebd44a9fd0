import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all garbage of this process again and again. */
export function collectGarbage(everyMs: number): AsyncDisposable {
  setFlagsFromString("--expose-gc");
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a new context has it as a global
  const collect = runInNewContext("gc") as () => void;
  const timer = setInterval(collect, everyMs);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
    },
  };
}
