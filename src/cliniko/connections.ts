import { Agent, type Dispatcher } from "undici";

/** Connections to upstreams, by origin: most clinics are at one of a few. Whoever asks sends its own key along. */
export interface Connections extends AsyncDisposable {
  readonly dispatcher: Dispatcher;
}

/**
 * @param timeoutMs of connecting
 * @param most to an origin. Left out: as many as requests are under way there. Where clinics share them, those that hang would
 * keep others waiting otherwise, and how many of each are asked at once is bounded already.
 */
export function openConnections(timeoutMs: number, most?: number): Connections {
  const agent = new Agent({
    keepAliveTimeout: 30_000,
    ...(most !== undefined && { connections: most }),
    // Said outright: an environment variable could switch it off.
    connect: { timeout: timeoutMs, rejectUnauthorized: true },
  });
  return {
    dispatcher: agent,
    async [Symbol.asyncDispose]() {
      await agent.destroy();
    },
  };
}
