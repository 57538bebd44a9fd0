import type { Config } from "../../config/config.ts";

/** The dashboard's own part of every address. */
const BELOW = "/ops";

/** Where people reach the dashboard, as far as the configuration says; no `/` at its end. */
export function dashboardHome({ ops }: Pick<Config, "ops">): string {
  const { host, port, publicUrl } = ops;
  if (publicUrl !== undefined) return publicUrl.replace(/\/$/, "") + BELOW;
  const isAny = host === "0.0.0.0" || host === "::";
  const name = isAny ? "127.0.0.1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}${BELOW}`;
}
