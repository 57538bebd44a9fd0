import { toError } from "./errors.ts";

/** What has been opened, to be released in reverse order. Each thing registers its release at the line that opens it. */
export interface ReleaseStack extends AsyncDisposable {
  /** Hands the thing back, so that opening and registering are one line. */
  use<Thing extends AsyncDisposable>(thing: Thing): Thing;
  defer(release: () => Promise<void> | void): void;
}

/** Every release runs, even when one fails; the first failure is thrown at the end. Disposing twice does nothing more. */
export function createReleaseStack(): ReleaseStack {
  const releases: (() => Promise<void> | void)[] = [];
  return {
    use(thing) {
      releases.push(async () => {
        await thing[Symbol.asyncDispose]();
      });
      return thing;
    },
    defer(release) {
      releases.push(release);
    },
    async [Symbol.asyncDispose]() {
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
