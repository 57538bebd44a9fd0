import { type Command, InvalidArgumentError } from "commander";

import { RESTING_STATES, type RestingState } from "../../store/outbox/delivery-state.ts";
import { readConfig } from "../read-config.ts";
import { EXIT } from "../../shared/exit-code.ts";
import { DELIVERY_STATES, type DeliveryState } from "../../store/outbox/delivery-state.ts";
import { CONFIG_OPTION, WHEN, parseCount, parseList, parseWhen } from "../terminal/arguments.ts";
import { onDemand } from "../terminal/on-demand.ts";

const { listDeliveries, recoverDeliveries, retryDelivery, runTest, showDelivery } = onDemand(
  async () => await import("./deliveries.ts"),
);

type Print = (line: string) => void;

const DAY_MS = 86_400_000;

interface Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly print: Print;
  /** Shows a line that the next one replaces. */
  readonly progress: Print;
  readonly ctrlC: () => AbortSignal;
}

/** `deliveries list|show|retry`, `recover`, and `test` in the group of endpoints. */
export function addDeliveryCommands(program: Command, endpoints: Command, terminal: Terminal): void {
  const { env, print } = terminal;
  const group = program.command("deliveries").description("what was sent to whom, when, and what came of it");
  addList(group, terminal);

  group
    .command("show <endpoint> <event>")
    .description("one delivery with its attempts")
    .option(...CONFIG_OPTION)
    .option("--json", "for machines", false)
    .action(async (id: string, eventId: string, given: { config: string; json: boolean }) => {
      await showDelivery(await readConfig(given.config, env), id, eventId, given.json, print);
    });

  group
    .command("retry <endpoint> <event>")
    .description("one attempt more, now; a failure changes nothing of its schedule")
    .option(...CONFIG_OPTION)
    .action(async (id: string, eventId: string, given: { config: string }) => {
      const queued = await retryDelivery(await readConfig(given.config, env), id, eventId, print);
      process.exitCode = queued ? EXIT.ok : EXIT.failure;
    });

  endpoints
    .command("test <endpoint>")
    .description("send a test event now, the way every callback goes; a 2xx enables what failing disabled")
    .option(...CONFIG_OPTION)
    .option("--json", "for machines", false)
    .action(async (id: string, given: { config: string; json: boolean }) => {
      const passed = await runTest(await readConfig(given.config, env), id, given.json, print);
      process.exitCode = passed ? EXIT.ok : EXIT.failure;
    });

  addRecover(program, terminal);
}

function addList(group: Command, { env, print }: Terminal): void {
  group
    .command("list <endpoint>")
    .description("the newest deliveries, with their last attempt and when the next is due")
    .option(...CONFIG_OPTION)
    .option("--since <when>", WHEN, parseWhen, Date.now() - DAY_MS)
    .option("--until <when>", WHEN, parseWhen, Date.now() + DAY_MS)
    .option("--state <states>", `some of ${DELIVERY_STATES.join(", ")}`, parseStates)
    .option("--limit <number>", "how many at most", parseCount, 50)
    .option("--json", "for machines", false)
    .action(async (id: string, given: ListGiven) => {
      const states = given.state;
      await listDeliveries(await readConfig(given.config, env), id, { ...given, states }, print);
    });
}

interface ListGiven {
  readonly config: string;
  readonly since: number;
  readonly until: number;
  readonly state?: readonly DeliveryState[];
  readonly limit: number;
  readonly json: boolean;
}

function addRecover(program: Command, { env, print, progress, ctrlC }: Terminal): void {
  program
    .command("recover <endpoint>")
    .description("send again what did not arrive: counts first, and sends with --yes")
    .option(...CONFIG_OPTION)
    .option("--since <when>", WHEN, parseWhen, Date.now() - 7 * DAY_MS)
    .option("--until <when>", WHEN, parseWhen, Date.now())
    .option("--type <patterns>", 'like "appointment.*,patient.merged" (default: all)', parseList, [])
    .option(
      "--state <states>",
      "parked: not sent, the endpoint was disabled · failed: all attempts used up · delivered: send once more",
      parseResting,
      ["parked", "failed"],
    )
    .option("--yes", "send them", false)
    .action(async (id: string, given: RecoverGiven) => {
      const { since, until, state: states, type: types, yes: confirmed } = given;
      const recovery = { since, until, states, types, confirmed };
      const terminal = { signal: ctrlC(), progress };
      await recoverDeliveries(await readConfig(given.config, env), id, recovery, terminal, print);
    });
}

interface RecoverGiven {
  readonly config: string;
  readonly since: number;
  readonly until: number;
  readonly type: readonly string[];
  readonly state: readonly RestingState[];
  readonly yes: boolean;
}

function parseStates(text: string): DeliveryState[] {
  return oneOf(text, DELIVERY_STATES);
}

function parseResting(text: string): RestingState[] {
  return oneOf(text, RESTING_STATES);
}

function oneOf<State extends string>(text: string, known: readonly State[]): State[] {
  return parseList(text).map((word) => {
    const state = known.find((candidate) => candidate === word);
    if (state === undefined) throw new InvalidArgumentError(`Write some of ${known.join(", ")}.`);
    return state;
  });
}
