import { type Command, Option } from "commander";

import { readConfig } from "../read-config.ts";
import { TOKEN_ROLES, type TokenRole } from "../../store/access/token-role.ts";
import { CONFIG_OPTION, parseDuration, parseList } from "../terminal/arguments.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { createToken, listTokens, revokeToken } = onDemand(async () => await import("./tokens.ts"));

type Print = (line: string) => void;

/** `tokens create|list|revoke`. */
export function addTokenCommands(program: Command, env: NodeJS.ProcessEnv, print: Print): void {
  const group = program.command("tokens").description("who may use the HTTP API, and for what");
  addCreate(group, env, print);

  group
    .command("list")
    .description("every token with what it may do and when it was last used; no secrets")
    .option(...CONFIG_OPTION)
    .option("--json", "for machines", false)
    .action(async ({ config, json }: { config: string; json: boolean }) => {
      await listTokens(await readConfig(config, env), json, print);
    });

  group
    .command("revoke <token>")
    .description("end a token, by its id: it opens nothing from now on")
    .option(...CONFIG_OPTION)
    .action(async (id: string, { config }: { config: string }) => {
      await revokeToken(await readConfig(config, env), id, print);
    });
}

interface CreateGiven {
  readonly config: string;
  readonly role: TokenRole;
  readonly subscriber?: string;
  readonly accounts?: readonly string[];
  readonly sensitive: boolean;
  readonly expires?: number;
  /** False: `--no-expiry`. */
  readonly expiry: boolean;
  readonly json: boolean;
}

function addCreate(group: Command, env: NodeJS.ProcessEnv, print: Print): void {
  group
    .command("create <name>")
    .description("make a token; it is printed this once")
    .option(...CONFIG_OPTION)
    .addOption(
      new Option(
        "--role <role>",
        "admin: changes everything · viewer: looks at everything but sensitive fields · subscriber: its own endpoints, and the accounts that it is given",
      )
        .choices([...TOKEN_ROLES])
        .makeOptionMandatory(),
    )
    .option("--subscriber <name>", "role subscriber: the external system that it is for, like crm")
    .option("--accounts <names>", "role subscriber: the accounts that it is given", parseList)
    .option("--sensitive", "role subscriber: its endpoints may include sensitive fields", false)
    .option("--expires <duration>", "ends then, like 30d (default: 90d)", parseDuration)
    .addOption(new Option("--no-expiry", "ends only when it is revoked").conflicts("expires"))
    .option("--json", "for machines", false)
    .action(async (name: string, { config, expires, expiry, ...given }: CreateGiven) => {
      const expiresMs = expiry ? expires : null;
      await createToken(await readConfig(config, env), name, { ...given, expiresMs }, print);
    });
}
