import { createToken as create, revokeToken as revoke } from "../../admin/access/tokens.ts";
import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../shared/errors.ts";
import { toIsoSeconds } from "../../shared/iso-time.ts";
import { toTokenAnswer } from "../../ops/api/access/token-answer.ts";
import type { TokenRole } from "../../store/access/token-role.ts";
import { cliCaller } from "./cli-caller.ts";
import { problemAt } from "../terminal/problem-at.ts";
import { formatTable } from "../terminal/table.ts";
import { withBase } from "../with-base.ts";

type Print = (line: string) => void;

export interface TokenOptions {
  readonly role: TokenRole;
  readonly subscriber?: string | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly sensitive: boolean;
  /** From now. Undefined: as long as one usually lives · null: it does not. */
  readonly expiresMs?: number | null | undefined;
  readonly json: boolean;
}

/** Makes a token and prints the whole of it, this once. */
export async function createToken(
  config: Config,
  name: string,
  { expiresMs, json, ...given }: TokenOptions,
  print: Print,
): Promise<void> {
  const { token, secret } = await withBase(config, async (base) => {
    const expiresAt = typeof expiresMs === "number" ? base.now() + expiresMs : expiresMs;
    const outcome = await create(base, cliCaller(), { name, ...given, expiresAt }, nameOf);
    if (outcome.kind === "created") return outcome;
    throw new ConfigError("the command line", "problems" in outcome ? outcome.problems : []);
  });
  if (json) {
    print(JSON.stringify({ ...toTokenAnswer(token, undefined), token: secret }, null, 2));
    return;
  }
  print(`token: ${secret}`);
  print(
    token.expiresAt === undefined
      ? "It opens until it is revoked."
      : `It opens until ${toIsoSeconds(token.expiresAt)}; --expires names another end, --no-expiry none.`,
  );
  print("It is not kept here and cannot be shown again: only what it takes to recognise it is.");
}

export async function listTokens(config: Config, json: boolean, print: Print): Promise<void> {
  const [tokens, unreadable] = await withBase(
    config,
    async (base) => await Promise.all([base.tokens.list(), base.tokens.unreadable()]),
  );
  const views = tokens.map((token) => toTokenAnswer(token, token.lastUsedAt));
  if (json) {
    print(JSON.stringify(views, null, 2));
    return;
  }
  if (views.length + unreadable.length === 0) {
    print("There is no token yet: cliniko-webhooks tokens create --help");
    return;
  }
  const head = ["id", "name", "role", "subscriber", "accounts", "made", "expires", "last used"];
  const rows = views.map((view) => [
    view.id,
    view.name,
    `${view.role}${view.sensitive ? ", sensitive fields" : ""}`,
    view.subscriber ?? "-",
    view.accounts?.join(", ") ?? "(all)",
    view.created_at ?? "",
    view.expires_at ?? "never",
    view.last_used_at ?? "never",
  ]);
  const lost = unreadable.map((id) => [id, "(cannot be read: it opens nothing; see doctor)"]);
  print(formatTable([head, ...rows, ...lost]));
}

/** From now on it opens nothing. */
export async function revokeToken(config: Config, id: string, print: Print): Promise<void> {
  const { token } = await withBase(config, async (base) => {
    // The whole token may be pasted as well: what is behind its second line is not looked at.
    const outcome = await revoke(base, cliCaller(), /^cwt_([0-9a-f]+)_/.exec(id)?.[1] ?? id);
    if (outcome.kind === "revoked") return outcome;
    throw problemAt("<token>", "there is no such token", "its id stands in: cliniko-webhooks tokens list");
  });
  if (token === "unreadable") {
    print(`${id} is revoked: its record could not be opened, and opens nothing any more.`);
    return;
  }
  print(`${token.id} (${token.name}) is revoked: it opens nothing any more.`);
  if (token.role === "subscriber") {
    print("Endpoints that were made with it stay, and go on being called: cliniko-webhooks endpoints list");
  }
}

function nameOf(path: readonly PropertyKey[]): string {
  const [setting] = path.map(String);
  return setting === "expires_at" ? "--expires" : `--${setting ?? ""}`;
}
