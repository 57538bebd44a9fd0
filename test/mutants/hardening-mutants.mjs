import { mutant } from "./mutant.mjs";

const FOLDER = "src/store/redis/own-folder.ts";

const TOKENS = "src/admin/access/tokens.ts";

const folder = "test/integration/store/own-folder.test.ts";
const tokens = "test/integration/ops/api/api.test.ts";

/** What others on the same machine could see or use. */
export const hardeningMutants = [
  mutant("a folder that is open stays so", [folder], [FOLDER, "chmodSync(path, 0o700);", ""]),
  mutant(
    "what lies open in a folder of ours stays so",
    [folder],
    [FOLDER, "chmodSync(path, lstatSync(path).mode & 0o700);", ""],
  ),
  mutant(
    "a folder of somebody else's is used, open as it is",
    [folder],
    [FOLDER, "if (own !== undefined && own !== 0 && uid !== own) {", "if (uid < 0) {"],
  ),
  mutant(
    "a link in a folder of ours is followed",
    [folder],
    [FOLDER, "if (!found || found.isSymbolicLink()) return [];", "if (!found) return [];"],
  ),
  mutant(
    "a token of which nothing was said lives for ever",
    [tokens],
    [
      TOKENS,
      "const { expiresAt = base.now() + DEFAULT_TOKEN_LIFETIME_MS } = given;",
      "const { expiresAt } = given;",
    ],
  ),
  mutant(
    "one token that cannot be read keeps everybody out",
    [tokens],
    [
      "src/store/access/token-store.ts",
      "if (!(error instanceof UnreadableRecordError)) throw error;",
      "throw error;",
    ],
  ),
  mutant(
    "a series that is not mended counts as new",
    ["test/unit/cli/judgements.test.ts"],
    ["src/cli/doctor/known-holes.ts", "compare(seriesOf(version), seriesOf(newest)) < 0", "false"],
  ),
];
