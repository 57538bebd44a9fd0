import { mutant } from "./mutant.mjs";

const WATCH = "src/pollers/connection/key-watch.ts";

const anotherClinic = "test/integration/pollers/another-clinic.test.ts";
const keptAccounts = "test/integration/admin/kept-accounts.test.ts";
const sight = "test/integration/pollers/sight.test.ts";
const refusedKey = "test/integration/pollers/refused-key.test.ts";

/** When a key is called revoked, and when it is looked at again. */
export const connectionMutants = [
  mutant(
    "what a lower role does not see is deleted",
    [sight],
    ["src/pollers/reconcile/confirm-suspects.ts", "if (isLess) return", "if (false) return"],
  ),
  mutant(
    "any other role sees as much",
    [sight],
    [
      "src/pollers/connection/key-user.ts",
      "return role === as || SEES_AS_MUCH_AS",
      "return true || SEES_AS_MUCH_AS",
    ],
  ),
  mutant(
    "the role is forgotten when it is found out whose the account is",
    [sight],
    ["src/pollers/connection/whose-account.ts", "...seen, keyHash,", "keyHash,"],
  ),
  mutant(
    "a key that never saw all of the settings has lost them",
    [sight],
    ["src/pollers/connection/sight.ts", "|| baselines.has(resource)", "|| true"],
  ),
  mutant(
    "that an account shows nothing archived is not told",
    [sight],
    [
      "src/pollers/connection/sight.ts",
      'shows.length === 0) ? "blind" : undefined',
      "shows.length === 0) ? undefined : undefined",
    ],
  ),
  mutant(
    "one look calls a key revoked",
    [refusedKey],
    [WATCH, "REFUSALS_TO_REVOKE = 3", "REFUSALS_TO_REVOKE = 2"],
  ),
  mutant(
    "a start again and again revokes a key",
    [refusedKey],
    [WATCH, "if (!counts) return", "if (false) return"],
  ),
  mutant(
    "a 401 of one list silences the account",
    [refusedKey],
    [WATCH, 'return "resource";', 'return "key";'],
  ),
  mutant(
    "a clock that is set back puts a key to sleep",
    [refusedKey],
    [WATCH, "return now < countedAt || now < checkedAt || ", "return "],
  ),
  mutant(
    "the address is no part of a connection",
    ["test/integration/store/request-budget.test.ts"],
    [
      "src/store/detection/request-budget.ts",
      '`${bareKey(apiKey)}\\n${origin}${pathname.replace(/\\/+$/, "")}`',
      "bareKey(apiKey)",
    ],
  ),
  mutant("a start waits for a revoked key's next look", [refusedKey], [WATCH, "if (!isFirst && ", "if ("]),
  mutant(
    "another clinic's page is taken over",
    [anotherClinic],
    ["src/pollers/scan/adopt-page.ts", "snapshots.size === 0 || unchanged > 0 || !confirm", "true"],
  ),
  mutant(
    "no witness is asked for behind another key",
    [anotherClinic],
    ["src/pollers/connection/whose-account.ts", "owner?.keyHash === account.keyHash && ", ""],
  ),
  mutant(
    "a quarantined account goes on asking whose it is",
    [anotherClinic],
    ["src/pollers/connection/another-clinic.ts", "return !isLooked || owner", "return true || owner"],
  ),
  mutant(
    "what an account that left the file was told of is not routed",
    [keptAccounts],
    ["src/app/start-dispatch.ts", ", ...kept])]", "])]"],
  ),
  mutant(
    "an account that left the file is taken from its endpoints",
    [keptAccounts],
    ["src/admin/privacy/left-at-start.ts", "!names.has(name)", "names.has(name)"],
  ),
  mutant(
    "a half renamed account is read",
    [keptAccounts],
    ["src/admin/privacy/left-at-start.ts", "unfinished.size === 0", "unfinished.size >= 0"],
  ),
  mutant(
    "an account is renamed beside a running service",
    [keptAccounts],
    ["src/admin/accounts/rename-account.ts", "await processes.list();", "[];"],
  ),
  mutant(
    "an account is renamed beside a service that begins in that moment",
    [keptAccounts],
    ["src/admin/accounts/rename-account.ts", "if (begun) {", "if (false) {"],
  ),
  mutant(
    "an account is removed that a process still reads",
    [keptAccounts],
    ["src/admin/accounts/remove-account.ts", "accounts?.includes(account)", "accounts === undefined"],
  ),
  mutant(
    "everything is sealed anew beside a process that seals with a former key",
    [keptAccounts],
    ["src/admin/privacy/rotate-encryption.ts", "sealsWith !== first?.id", "sealsWith === undefined"],
  ),
  mutant(
    "what was read before and is refused now was never there",
    ["test/integration/pollers/never-read.test.ts"],
    [
      "src/pollers/connection/never-read.ts",
      "if (!kind || (await store.readCursor(account, resource))) return false;",
      "if (!kind) return false;",
    ],
  ),
  mutant(
    "what was never there is asked for at every poll",
    ["test/integration/pollers/never-read.test.ts"],
    [
      "src/pollers/connection/never-read.ts",
      "if (at === undefined || elapsedMs(now(), at) >= ASK_AGAIN_MS[kind]) return false;",
      "if (at !== undefined) return false;",
    ],
  ),
  mutant(
    "a page that came too late is asked for as it was",
    ["test/integration/pollers/page-sizes.test.ts"],
    ["src/pollers/scan/page-sizes.ts", "Math.floor(pageSize / 2)", "pageSize"],
  ),
];
