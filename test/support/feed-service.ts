import { type App, startApp } from "../../src/app/app.ts";
import { type Base, openBase } from "../../src/admin/base.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import type { RedisAddress } from "../../src/store/redis/redis.ts";
import type { Token } from "../../src/store/access/token-store.ts";
import { closedPort } from "./local-servers.ts";
import { type TestSetup, testConfig } from "./test-config.ts";

/** A service that serves its API and nothing else, at an address that stays the same when it starts again. */
export interface FeedService extends AsyncDisposable {
  readonly url: string;
  /** What is kept, open whether the service runs or not. */
  readonly base: Base;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Makes a token and resolves to the whole of it. */
  token(given?: Partial<Token>): Promise<{ readonly id: string; readonly text: string }>;
}

const UNUSED = { key: "MS0xLWFiY2RlZg-au1", baseUrl: "http://127.0.0.1:9/v1" };

export async function createFeedService(
  { address, prefix }: { readonly address: RedisAddress; readonly prefix: string },
  setup: Partial<TestSetup> = {},
): Promise<FeedService> {
  const port = await closedPort();
  const config = testConfig({
    accounts: { northside: UNUSED, southbank: UNUSED },
    endpoints: {},
    ...setup,
    settings: { ops: { port, token: { env: "OPS_TOKEN" } }, roles: ["ops"], ...setup.settings },
  });
  const logger = createLogger("silent");
  const stack = createReleaseStack();
  const base = await openBase(stack, { config, logger, prefix }, address);
  let app: App | undefined;
  const stop = async (): Promise<void> => {
    const running = app;
    app = undefined;
    await running?.[Symbol.asyncDispose]();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    base,
    async start() {
      app = await startApp({ config, logger, redis: address, prefix });
    },
    stop,
    async token(given = {}) {
      const { token, secret } = await base.tokens.create({
        name: "a developer",
        role: "viewer",
        sensitive: false,
        ...given,
      });
      return { id: token.id, text: secret };
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await stack[Symbol.asyncDispose]();
    },
  };
}
