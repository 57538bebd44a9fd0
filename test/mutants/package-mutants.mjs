import { toolsMutants } from "./tools-mutants.mjs";
// What a newcomer meets first.
import { mutant } from "./mutant.mjs";

const INIT_TEST = ["test/integration/cli/init.test.ts"];

export const packageMutants = [
  mutant("init overwrites what is there", INIT_TEST, [
    "src/cli/init/init.ts",
    "  refuseExisting(folder, [CONFIG_FILE, ...Object.values(SECRET_FILES)]);\n",
    "",
  ]),
  mutant("init writes secrets that others can read", INIT_TEST, [
    "src/cli/init/files.ts",
    "chmodSync(path, 0o600)",
    "chmodSync(path, 0o644)",
  ]),
  mutant("init shows the key while it is typed", INIT_TEST, [
    "src/cli/init/ask.ts",
    "muted = hidden;",
    "muted = false;",
  ]),
  mutant(
    "the signature of the body is made with a key that has expired",
    ["test/unit/dispatch/sign.test.ts"],
    ["src/dispatch/signing/sign.ts", 'each.kind === "v1" && isLive(each, nowMs)', 'each.kind === "v1"'],
  ),
  mutant(
    "an endpoint of v1a may ask for a signature by a shared secret",
    ["test/integration/ops/api/api.test.ts"],
    ["src/admin/endpoints/endpoint-rules.ts", 'bodySignature === undefined || kind === "v1"', "true"],
  ),
  mutant(
    "keys that have expired are published",
    ["test/integration/ops/api/api.test.ts"],
    [
      "src/admin/endpoints/endpoint-keys.ts",
      "signingKeys.filter((key) => isLive(key, now()))",
      "signingKeys",
    ],
  ),
  mutant(
    "an endpoint's own number of attempts is not looked at",
    ["test/unit/dispatch/settle-attempt.test.ts"],
    ["src/dispatch/worker/settle-attempt.ts", ", random, ended.most)", ", random)"],
  ),
  ...toolsMutants,
];
