import type { SigningKey } from "../../store/outbox/endpoint-store.ts";
import { createSigner } from "../../dispatch/signing/sign.ts";
import { developerKey } from "../demo/developer-key.ts";
import { sendPost } from "../grade/send-post.ts";
import { isInClear, parseHttpUrl } from "../trigger/receiver-url.ts";
import { type FeedFilter, type FeedPlace, createFeedClient } from "./feed-client.ts";
import { type ForwardDeps, type Forwarded, forwardFeed } from "./forward-feed.ts";
import { createSleepWatch } from "./sleep-watch.ts";
import {
  type ListenState,
  type StateFile,
  defaultStatePath,
  describeFilter,
  openStateFile,
} from "./state-file.ts";

export interface ListenForwardOptions {
  readonly forwardTo: string;
  readonly server: string;
  readonly token: string;
  readonly filter: FeedFilter;
  /** What the receiver verifies with; undefined: one is made, and kept with the position. */
  readonly secret: string | undefined;
  /** Undefined: where it was, or now. */
  readonly from: string | undefined;
  /** Undefined: one of its own for each server and filter. */
  readonly stateFile: string | undefined;
  readonly skipFailed: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Instead of the usual waits; those of tests are short. */
  readonly waits?: Partial<Pick<ForwardDeps, "pollMs" | "waits" | "serverWaits">>;
}

const USUAL: Pick<ForwardDeps, "pollMs" | "waits" | "serverWaits"> = {
  // The most that the service allows.
  pollMs: 30_000,
  waits: { firstMs: 1_000, mostMs: 30_000 },
  serverWaits: { firstMs: 500, mostMs: 10_000 },
};
const PATIENCE_MS = 15_000;

/**
 * Reads the feed of a running service and forwards each event to a receiver of the developer's own, signed, until `signal`
 * fires. How far it has come is kept in a file.
 * @throws ConfigError when something given cannot be used
 */
export async function listenForward(
  options: ListenForwardOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const server = parseHttpUrl(options.server, "--server", "http://127.0.0.1:8321");
  const target = parseHttpUrl(options.forwardTo, "--forward-to", "http://127.0.0.1:3000/webhooks");
  const { env, filter, token, skipFailed, stateFile } = options;
  const feed = { server: `${server.origin}${server.pathname}`.replace(/\/+$/, ""), filter };
  await using state = await openStateFile(stateFile ?? defaultStatePath(env, feed), feed);
  const kept = await state.read();
  const secret = options.secret ?? kept?.secret;
  const { key, verifier } = developerKey(secret, Date.now());
  const start: ListenState = {
    ...startOf(kept, options.from),
    secret: options.secret === undefined ? key.secret : kept?.secret,
  };
  await state.write(start);

  print(`forwarding  ${feed.server}${describeFilter(filter)} → ${target.href}`);
  print(`secret      ${verifier}${describeOrigin(options.secret, kept?.secret)}`);
  print(`position    ${state.path}`);
  for (const { host } of [server, target].filter(isInClear)) {
    print(`careful: ${host} is not this machine and has no https: what is sent can be read on the way`);
  }
  if (kept && options.from !== undefined)
    print(`beginning at ${options.from}: the kept position is given up`);
  const resumed = kept !== undefined && options.from === undefined && !isNow(start.place);
  await run(
    { state, start, resumed, key, skipFailed, server, token, filter, target, waits: options.waits },
    print,
    signal,
  );
}

function startOf(kept: ListenState | undefined, from: string | undefined): ListenState {
  if (from !== undefined || !kept) return { place: { from: from ?? "now" }, done: [] };
  return kept;
}

function isNow(place: FeedPlace): boolean {
  return "from" in place && place.from === "now";
}

function describeOrigin(given: string | undefined, kept: string | undefined): string {
  if (given !== undefined) return "";
  return `   (${kept === undefined ? "made now" : "as before"}; your own: --secret-env NAME)`;
}

interface Forwarding extends Pick<ListenForwardOptions, "skipFailed" | "token" | "filter"> {
  readonly waits: ListenForwardOptions["waits"] | undefined;
  readonly state: StateFile;
  readonly start: ListenState;
  readonly resumed: boolean;
  readonly key: SigningKey;
  readonly server: URL;
  readonly target: URL;
}

async function run(
  { state, start, resumed, key, skipFailed, server, token, filter, target, waits }: Forwarding,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  using sleepWatch = createSleepWatch(Date.now);
  const forwarded = await forwardFeed(
    {
      ...USUAL,
      ...waits,
      feed: createFeedClient({ server, token, filter, patienceMs: PATIENCE_MS }),
      state,
      key,
      signer: createSigner(),
      send: async (post) => await sendPost(target.href, post),
      skipFailed,
      sleepWatch,
      now: Date.now,
      print,
    },
    start,
    resumed,
    signal,
  );
  print(`\n${summarise(forwarded)}; the same command goes on from here`);
}

function summarise({ taken, passedOver, gaps }: Forwarded): string {
  const parts = [
    `${taken} forwarded`,
    ...(passedOver > 0 ? [`${passedOver} passed over`] : []),
    ...(gaps > 0 ? [`${gaps} ${gaps === 1 ? "gap" : "gaps"}`] : []),
  ];
  return parts.join(", ");
}
