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
];
