import { toError } from "./errors.ts";

/** What has been opened, to be released in reverse order. Each thing registers its release at the line that opens it. */
export interface ReleaseStack extends AsyncDisposable {
  /** Hands the thing back, so that opening and registering are one line. */
  use<Thing extends AsyncDisposable>(thing: Thing): Thing;
  defer(release: () => Promise<void> | void): void;
}

/**
 * Every release runs, even when one fails; the first failure is thrown at the end. Disposing twice does nothing more. What is
 * registered when it has been disposed, by somebody who was not waited for, is released at once.
 */
export function createReleaseStack(): ReleaseStack {
  const releases: (() => Promise<void> | void)[] = [];
  let disposed = false;
  const defer = (release: () => Promise<void> | void): void => {
    if (disposed) void (async () => await release())().catch(() => undefined);
    else releases.push(release);
  };
  return {
    use(thing) {
      defer(async () => await thing[Symbol.asyncDispose]());
      return thing;
    },
    defer,
    async [Symbol.asyncDispose]() {
      disposed = true;
      let firstError: Error | undefined;
      for (let release = releases.pop(); release; release = releases.pop()) {
        try {
          await release();
        } catch (error) {
          firstError ??= toError(error);
        }
      }
      if (firstError) throw firstError;
    },
  };
}
