import { sendTestNotices } from "../../admin/notices/test-notices.ts";
import type { Config } from "../../config/config.ts";
import { formatTable } from "../terminal/table.ts";

/** False: one did not go out, or there is none to go. */
export async function testNotices(
  config: Config,
  { json }: { readonly json: boolean },
  print: (line: string) => void,
): Promise<boolean> {
  const tried = await sendTestNotices(config);
  if (json) print(JSON.stringify(tried, null, 2));
  else if (tried.length === 0)
    print("nobody is notified of anything: name email, slack or teams under notices in the configuration");
  else
    print(
      formatTable(tried.map(({ detail, kind, name }) => [kind === "sent" ? "sent" : "FAILED", name, detail])),
    );
  return tried.length > 0 && tried.every(({ kind }) => kind === "sent");
}
