import { mutant } from "./mutant.mjs";

const TREE = "src/store/sealing/secret-tree.ts";
const FILE = "src/store/sealing/erasure-file.ts";
const KEY = "src/store/sealing/erasure-key.ts";
const FIND = "src/store/sealing/find-erasure-key.ts";
const KEYRING = "src/store/sealing/keyring.ts";
const LINKS = "src/diff/patient-links.ts";
const OUTBOX = "src/store/outbox/outbox.ts";
const ROTATION = "src/store/sealing/key-rotation.ts";
const REWRITE = "src/store/redis/daily-rewrite.ts";

const tree = "test/simulation/secret-tree.test.ts";
const sealed = "test/unit/store/sealing/sealed-to-patients.test.ts";
const file = "test/integration/store/sealing/erasure-key.test.ts";
const find = "test/integration/store/sealing/find-erasure-key.test.ts";
const stored = "test/integration/store/sealing/sealed-to-patients.test.ts";
const rewrite = "test/integration/store/daily-rewrite.test.ts";

/** What keeps somebody who was forgotten readable in a copy. */
export const erasureMutants = [
  mutant(
    "the secret above a destroyed leaf stays",
    [tree],
    [
      TREE,
      "if (!tree || depth === DEPTH) return undefined;",
      "if (!tree || depth === DEPTH - 1) return tree;",
    ],
  ),
  mutant(
    "what either process destroyed comes back from the other",
    [tree, file],
    [TREE, "if (Buffer.isBuffer(left)) return right;", "if (Buffer.isBuffer(left)) return left;"],
  ),
  mutant(
    "the former erasure key stays on the disk",
    [file],
    [FILE, "if (former !== undefined) blank(former);", "if (former !== undefined) closeSync(former);"],
  ),
  mutant(
    "the erasure key is readable for everybody",
    [file],
    [FILE, "fchmodSync(file, 0o600);", "fchmodSync(file, 0o644);"],
  ),
  mutant(
    "a torn erasure key is taken for one",
    [file],
    [FILE, 'if (!sum.equals(bytes.subarray(-SUM_BYTES))) throw new RangeError("its sum is wrong");', ""],
  ),
  mutant(
    "what another process destroyed is not looked for",
    [file],
    [KEY, "if (elapsedMs() - lookedAt >= LOOK_EVERY_MS) refresh();", ""],
  ),
  mutant(
    "keys that were derived are used after the leaf is gone",
    [sealed],
    [KEYRING, "if (state !== of || derived.size >= MAX_DERIVED) derived.clear();", ""],
  ),
  mutant(
    "only the first of two patients counts",
    [sealed],
    [KEYRING, "patientIds.slice(0, MAX_LEAVES).map(", "patientIds.slice(0, 1).map("],
  ),
  mutant(
    "the database shows which records are of one patient",
    [sealed],
    [KEYRING, "(bytes[at] ?? 0) ^ (names[at] ?? 0)", "names[at] ?? 0"],
  ),
  mutant(
    "an appointment is nobody's",
    [stored],
    [
      LINKS,
      "if (!isResourceName(resource) || resources[resource].patientLinks.length === 0) return [];",
      "return [];",
    ],
  ),
  mutant(
    "a receiver's answer is sealed to nobody",
    [stored],
    [OUTBOX, "return patients.length > 0 ? keyring.leavesOf(account, patients) : leaves;", "return leaves;"],
  ),
  mutant(
    "a new encryption key unseals what is about patients",
    [stored],
    [ROTATION, "context, undefined, keyring.leavesIn(bytes));", "context);"],
  ),
  mutant(
    "a lost erasure key is made anew",
    [find],
    [FIND, "if (found === undefined && installed !== null) {", "if (false) {"],
  ),
  mutant(
    "another installation's erasure key is used",
    [find],
    [FIND, "if (wanted !== null && wanted !== present) {", "if (false) {"],
  ),
  mutant(
    "what was removed stays in the files of our own Redis",
    [rewrite],
    [REWRITE, "(age >= 0 && age < EVERY_MS)", "age >= 0"],
  ),
  mutant(
    "what receivers answered to events that are not kept any more stays",
    ["test/integration/privacy/forget.test.ts"],
    ["src/admin/privacy/left-deliveries.ts", "isTheirs(head) || isUnknown", "isUnknown"],
  ),
  mutant(
    "what an answer is sealed to does not say whose it is",
    ["test/integration/store/sealing/sealed-to-patients.test.ts"],
    ["src/admin/privacy/left-deliveries.ts", "of.length > 0 ? ", "of.length > 9 ? "],
  ),
];
