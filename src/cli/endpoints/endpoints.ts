import { describeState, waitingOf } from "../../admin/assess/assess-endpoint.ts";
import {
  type Changed,
  enableEndpoint as enable,
  pauseEndpoint as pause,
  rotateEndpoint as rotate,
  updateEndpoint as update,
} from "../../admin/endpoints/change-endpoint.ts";
import { createEndpoint as create } from "../../admin/endpoints/create-endpoint.ts";
import { deleteEndpoint as remove } from "../../admin/endpoints/delete-endpoint.ts";
import { readEndpointStatus } from "../../admin/endpoints/endpoint-status.ts";
import type { Refusal } from "../../admin/access/refusal.ts";
import type { Base } from "../../admin/base.ts";
import type { Config } from "../../config/config.ts";
import { createSigningKey, publicKeyOf } from "../../dispatch/signing/signing-keys.ts";
import { toEndpointAnswer } from "../../ops/api/endpoints/endpoint-answer.ts";
import type { SigningKey } from "../../store/outbox/endpoint-store.ts";
import { cliCaller } from "../access/cli-caller.ts";
import { type EndpointOptions, namesHeaderValues, optionOf, toWritten } from "./endpoint-options.ts";
import { toEndpointView, toRows } from "./endpoint-view.ts";
import { findOrThrow, nameBy, toCliError } from "../terminal/refuse.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { type Paint, paintState } from "../terminal/paint.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

const nameOf = nameBy(optionOf);

export async function listEndpoints(
  config: Config,
  { json, paint }: { readonly json: boolean; readonly paint: Paint },
  print: Print,
): Promise<void> {
  const found = await withBase(
    config,
    async (base) =>
      await Promise.all(
        (await base.endpoints.list()).map(async (endpoint) => ({
          endpoint,
          status: await readEndpointStatus(base, endpoint),
          answer: json ? await toEndpointAnswer(base, cliCaller(), endpoint) : undefined,
        })),
      ),
  );
  if (json) {
    print(
      JSON.stringify(
        found.map(({ answer }) => answer),
        null,
        2,
      ),
    );
    return;
  }
  const now = Date.now();
  const lines = found.map(({ endpoint: { id, source, settings }, status }) => [
    id,
    paintState(paint, describeState(status, now)),
    String(waitingOf(status.counts)),
    String(status.counts.parked),
    String(status.counts.failed),
    source,
    new URL(settings.url).host,
    settings.accounts?.join(", ") ?? "(all)",
    settings.events.join(", "),
  ]);
  const head = ["endpoint", "state", "waiting", "parked", "failed", "from", "host", "accounts", "events"];
  print(formatTable([head, ...lines]));
}

export async function showEndpoint(
  config: Config,
  id: string,
  { json, secret: secrets }: { readonly json: boolean; readonly secret: boolean },
  print: Print,
): Promise<void> {
  const { view, answer } = await withBase(config, async (base) => {
    const endpoint = await findOrThrow(base, id);
    return {
      view: toEndpointView(endpoint, { secrets }),
      // With secrets it is what the API never answers: the settings for a configuration file.
      answer: secrets ? undefined : await toEndpointAnswer(base, cliCaller(), endpoint),
    };
  });
  print(json ? JSON.stringify(answer ?? view, null, 2) : formatTable(toRows(view)));
}

/** Makes an endpoint and prints what its subscriber verifies with. */
export async function createEndpoint(
  config: Config,
  id: string,
  options: EndpointOptions & { readonly signature: SigningKey["kind"] },
  print: Print,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const given = { id, settings: toWritten(options, env), signature: options.signature };
  const { endpoint, key } = await withBase(config, async (base) => {
    const outcome = await create(base, cliCaller(), given, nameOf);
    switch (outcome.kind) {
      case "created":
        return outcome;
      case "exists":
        throw problemAt(
          "<endpoint>",
          `there is an endpoint "${id}" already`,
          `change it: endpoints update ${id}`,
        );
      case "unknown":
      case "stale":
      case "invalid":
      case "conflict":
        throw await toCliError(base, outcome, id);
    }
  });
  print(`${id} is made. It gets what happens from now on: ${endpoint.settings.events.join(", ")}`);
  printVerifier(key, print);
  warnOfHeaders(options, print);
}

/** What a header opens is a secret like others. */
function warnOfHeaders(options: EndpointOptions, print: Print): void {
  if (!namesHeaderValues(options)) return;
  print(
    "warning: a header's value stood on the command line, where other users see it and the shell keeps it: --header X-Api-Key=env:NAME or --header @file",
  );
}

/** A secret for the configuration file. Nothing is kept of it. */
export function printNewSecret(kind: SigningKey["kind"], print: Print): void {
  const key = createSigningKey(kind, Date.now());
  print(`secret: ${key.secret}`);
  const publicKey = publicKeyOf(key);
  if (publicKey !== undefined) print(`public key: ${publicKey}`);
}

/** Changes the settings that are given and leaves the others. */
export async function updateEndpoint(
  config: Config,
  id: string,
  options: EndpointOptions,
  print: Print,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const given = toWritten(options, env);
  if (Object.keys(given).length === 0) {
    throw problemAt("endpoints update", "is to change nothing", "give an option: --help shows them");
  }
  await changeEndpoint(config, id, async (base) => {
    return await update(base, cliCaller(), id, { settings: given }, nameOf);
  });
  print(`${id} is changed.`);
  warnOfHeaders(options, print);
}

export async function pauseEndpoint(config: Config, id: string, print: Print): Promise<void> {
  await changeEndpoint(config, id, async (base) => await pause(base, cliCaller(), id));
  print(`${id} is paused: nothing goes out to it, and what it is to get is kept until it is enabled.`);
}

export async function enableEndpoint(config: Config, id: string, print: Print): Promise<void> {
  const { parked } = await changeEndpoint(
    config,
    id,
    async (base) => await enable(base, cliCaller(), id, nameOf),
  );
  print(`${id} is enabled: what waits for it goes out.`);
  if (parked > 0)
    print(`${parked} were parked while it was disabled. To send them: cliniko-webhooks recover ${id}`);
}

export async function deleteEndpoint(
  config: Config,
  id: string,
  confirmed: boolean,
  print: Print,
): Promise<void> {
  await withBase(config, async (base) => {
    await findOrThrow(base, id);
    if (!confirmed && !config.endpoints.some(({ name }) => name === id)) {
      throw problemAt(
        "--yes",
        `every delivery that still waits for "${id}" would go with it`,
        `add --yes to delete it for good, or hold it back: endpoints pause ${id}`,
      );
    }
    const outcome = await remove(base, cliCaller(), id, nameOf);
    if (outcome.kind !== "deleted") throw await toCliError(base, outcome, id);
  });
  print(`${id} is deleted, and every delivery that waited for it with it.`);
}

/** A new key signs beside the former ones, which end after the overlap. */
export async function rotateEndpoint(
  config: Config,
  id: string,
  given: { readonly overlapMs: number; readonly signature: SigningKey["kind"] | undefined },
  print: Print,
): Promise<void> {
  const { endpoint } = await changeEndpoint(config, id, async (base) => {
    return await rotate(base, cliCaller(), id, given, nameOf);
  });
  const [fresh, ...former] = endpoint.signingKeys;
  if (fresh) printVerifier(fresh, print);
  const last = Math.max(...former.map(({ expiresAt = 0 }) => expiresAt));
  print(
    former.length === 0
      ? "The former secret no longer signs."
      : `The former secret goes on signing beside it until ${new Date(last).toISOString()}.`,
  );
}

async function changeEndpoint<Done extends Changed>(
  config: Config,
  id: string,
  change: (base: Base) => Promise<Done | Refusal>,
): Promise<Done> {
  return await withBase(config, async (base) => {
    const outcome = await change(base);
    if (outcome.kind === "changed") return outcome;
    throw await toCliError(base, outcome, id);
  });
}

function printVerifier(key: SigningKey, print: Print): void {
  const publicKey = publicKeyOf(key);
  print(publicKey === undefined ? `secret: ${key.secret}` : `public key: ${publicKey}`);
  print(
    publicKey === undefined
      ? "Give it to the subscriber and to nobody else: whoever has it can sign."
      : "Give it to the subscriber: it verifies (v1a) and cannot sign.",
  );
}
