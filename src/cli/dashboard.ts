import { createSignInLinkFor } from "../admin/access/sign-in-links.ts";
import type { Config } from "../config/config.ts";
import { toIsoSeconds } from "../shared/iso-time.ts";
import { cliCaller } from "./access/cli-caller.ts";
import { problemAt } from "./terminal/problem-at.ts";
import { withBase } from "./with-base.ts";

type Print = (line: string) => void;

export interface DashboardOptions {
  /** Id of the token whose rights the link has; undefined: those of `ops.token`. */
  readonly token: string | undefined;
  readonly json: boolean;
}

/** Makes a link that signs a browser in, and prints it. */
export async function dashboard(
  config: Config,
  { token, json }: DashboardOptions,
  print: Print,
): Promise<void> {
  const address = dashboardAddress(config);
  // The whole token may be pasted as well: what is behind its second line is not looked at.
  const id = token === undefined ? undefined : (/^cwt_([0-9a-f]+)_/.exec(token)?.[1] ?? token);
  const made = await withBase(config, async (base) => await createSignInLinkFor(base, cliCaller(), id));
  switch (made.kind) {
    case "no_ops_token":
      throw problemAt(
        "--token",
        "is missing, and there is no ops.token to sign in with",
        'make a token: cliniko-webhooks tokens create "your name" --role admin, and name its id here',
      );
    case "unknown":
      throw problemAt(
        "--token",
        "there is no such token, or it has expired",
        "its id stands in: cliniko-webhooks tokens list",
      );
    case "made": {
      const { path, expiresAt } = made.link;
      const url = address + path;
      if (json) {
        print(JSON.stringify({ url, expires_at: toIsoSeconds(expiresAt) }, null, 2));
        return;
      }
      print(url);
      print("");
      print(`Open it in a browser: it signs you in as "${made.name}" (${made.role}).`);
      print(
        `It works once, until ${toIsoSeconds(expiresAt)}. Whoever opens it first is in: keep it to yourself.`,
      );
    }
  }
}

/** Where people reach the dashboard, without a `/` at its end. */
function dashboardAddress({ ops }: Pick<Config, "ops">): string {
  if (ops.publicUrl !== undefined) return ops.publicUrl;
  if (ops.port === 0) {
    throw problemAt(
      "ops.port",
      "is 0: the service takes any free port, which is not known here",
      "set ops.port, or ops.public_url",
    );
  }
  // What listens on every address is reached on this machine's own.
  const host = ["0.0.0.0", "::"].includes(ops.host) ? "127.0.0.1" : ops.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${ops.port}`;
}
