import { subscribe, unsubscribe } from "node:diagnostics_channel";

import type { FastifyInstance } from "fastify";

export interface Route {
  readonly method: string;
  readonly url: string;
}

/** Every route of every server that is started until it is disposed of. */
export function watchRoutes(): Disposable & { readonly routes: readonly Route[] } {
  const routes: Route[] = [];
  const note = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook("onRoute", ({ method, url }) => {
      for (const each of [method].flat()) routes.push({ method: each, url });
    });
  };
  subscribe("fastify.initialization", note);
  return {
    routes,
    [Symbol.dispose]: () => unsubscribe("fastify.initialization", note),
  };
}
