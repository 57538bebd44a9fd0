import { mutant } from "./mutant.mjs";

const SIGNED = "integrations/n8n/nodes/ClinikoWebhooks/isSigned.ts";
const TRIGGER = "integrations/n8n/nodes/ClinikoWebhooks/ClinikoWebhooksTrigger.node.ts";

const n8n = "test/integration/tools/n8n.test.ts";

/** What tools that automate things rely on. */
export const toolsMutants = [
  mutant(
    "n8n takes a callback of any time",
    [n8n],
    [SIGNED, "> TOLERANCE_SECONDS) return false", "> Number.MAX_VALUE) return false"],
  ),
  mutant("n8n takes an id that reads as another", [n8n], [SIGNED, ' || id.includes(".")', ""]),
  mutant(
    "n8n subscribes once more where the answer got lost",
    [n8n],
    [
      TRIGGER,
      "const found = await findEndpoint(this, settings.url);",
      "const found: Endpoint | undefined = undefined as Endpoint | undefined;",
    ],
  ),
  mutant(
    "n8n never reads a key again",
    [n8n],
    [TRIGGER, "if (found) kept.publicKeys = publicKeysOf(found);", ""],
  ),
];
