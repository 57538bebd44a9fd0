import { mutant } from "./mutant.mjs";

const NORMALISE = "src/diff/normalise.ts";
const DEFINE = "src/resources/define-resource.ts";
const REGISTRY = "src/resources/registry.ts";

const normalise = "test/unit/diff/normalise.test.ts";
const compare = "test/unit/diff/compare.test.ts";
const define = "test/unit/resources/define-resource.test.ts";
const kinds = "test/unit/resources/rule-kinds.test.ts";
const KINDS = "src/resources/rule-kinds.ts";
const oneMore = "test/contract/one-more-resource.test.ts";

/** What a resource's definition says, and nobody looks at. */
export const resourceMutants = [
  mutant(
    "lines of an edited invoice are counted in their own time",
    ["test/integration/pollers/what-comes-along.test.ts"],
    ["src/pollers/scan/poll-handler.ts", "{ countedAt: 0 }", "{}"],
  ),
  mutant(
    "what is not read whole has its second look when its tier says",
    ["test/integration/pollers/what-comes-along.test.ts"],
    [
      "src/pollers/reconcile/second-look.ts",
      "!(isReadWhole(resource) || seesHidden(plan))",
      "!isReadWhole(resource)",
    ],
  ),
  mutant(
    "an account that stops serving ids is taken for one that has none",
    ["test/integration/pollers/older-forms.test.ts"],
    ["src/pollers/scan/read-once.ts", "(await store.listIds(account, resource)).length === 0", "true"],
  ),
  mutant(
    "the older form of a field counts beside the newer one",
    ["test/unit/diff/stand-ins.test.ts"],
    [
      "src/diff/compare.ts",
      "Object.hasOwn(record, newer) || record[older] !== true",
      "record[older] !== true",
    ],
  ),
  mutant(
    "a field that is served under its newer name is a change",
    ["test/unit/diff/stand-ins.test.ts"],
    ["src/diff/former-values.ts", "!isRespelt(name) && ", ""],
  ),
  mutant("10.00 is not 10", [normalise], [NORMALISE, '.replace(/0+$/, "")', ""]),
  mutant("a list of ids has an order", [normalise], [NORMALISE, "left.length - right.length ||", ""]),
  mutant(
    "what deleted_at may hide is taken for gone",
    ["test/integration/pollers/enforcements.test.ts"],
    [
      "src/cliniko/reading-plan.ts",
      "`${name}-unproved`, passes, isBlind: true",
      "`${name}-unproved`, passes",
    ],
  ),
  mutant(
    "archiving does not explain its mirror",
    [compare],
    ["src/resources/rules.ts", '{ also: ["deleted_at"], beside', "{ also: [], beside"],
  ),
  mutant(
    "a field may be watched and noise",
    [define],
    [DEFINE, "if (twice !== undefined) throw", "if (false) throw"],
  ),
  mutant(
    "only a link called patient names a patient",
    [define],
    [DEFINE, "kind.link === PATIENTS", 'name === "patient"'],
  ),
  mutant(
    "a resource may hang on one that there is not",
    [define],
    [REGISTRY, "if (given.every((other) => other.path !== name))", "if (given.length === 0)"],
  ),
  mutant(
    "an upgrade reads more",
    [oneMore],
    ["src/admin/nameable.ts", "RESOURCE_NAMES.filter((name) => resources[name].byDefault)", "RESOURCE_NAMES"],
  ),
  mutant(
    "an invoice is open again that never was settled",
    [kinds],
    [KINDS, "(from === undefined || has(from, was))", "true"],
  ),
  mutant(
    "a total is told beside what explains it",
    [kinds],
    [KINDS, "if (unless !== undefined && ", "if (false && "],
  ),
  mutant(
    "what is archived and cannot be seen is taken for gone",
    ["test/integration/pollers/enforcements.test.ts"],
    ["src/pollers/reconcile/whole-reading.ts", "if (plan.isBlind) return undefined;", ""],
    ["src/pollers/reconcile/confirm-suspects.ts", "if (deps.plan.isBlind)", "if (false)"],
  ),
];
