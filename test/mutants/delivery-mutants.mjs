import { mutant } from "./mutant.mjs";

const PARSE_ANSWER = "src/dispatch/http/parse-answer.ts";
const ANSWER_HEAD = "src/dispatch/http/answer-head.ts";
const EXCHANGE = "src/dispatch/http/exchange.ts";

const LANE_STATE = "src/dispatch/worker/worker-state.ts";

const worker = "test/integration/dispatch/endpoint-worker.test.ts";
const parseAnswer = "test/unit/dispatch/parse-answer.test.ts";
const oddAnswers = "test/integration/dispatch/sender-odd-answers.test.ts";

/** What counts as delivered, and what waits for whom. */
export const deliveryMutants = [
  mutant(
    "an unasked 100 Continue is taken for the answer",
    [parseAnswer],
    [PARSE_ANSWER, "return status >= 100 && status < 200 && status !== 101;", "return false;"],
  ),
  mutant(
    "a 204 waits for the body that its length announces",
    [parseAnswer],
    [ANSWER_HEAD, "status === 101 || status === 204 ||", "status === 101 ||"],
  ),
  mutant(
    "lines that end without a carriage return are no lines",
    [parseAnswer],
    [PARSE_ANSWER, "rest.indexOf(LINE_FEED)", 'rest.indexOf("\\r\\n")'],
  ),
  mutant(
    "a connection is used again after an answer in doubt",
    [oddAnswers],
    [PARSE_ANSWER, "const fit = regular && whole && rest.length === 0;", "const fit = whole;"],
  ),
  mutant(
    "what comes between two requests is passed over",
    [oddAnswers],
    [
      EXCHANGE,
      "if (asking) take(asking.parser.add(chunk));\n    else socket.destroy();",
      "if (asking) take(asking.parser.add(chunk));",
    ],
  ),
  mutant(
    "a body that breaks off is a delivery",
    [oddAnswers],
    [PARSE_ANSWER, 'if (state === "until_end" || state === "trailers")', 'if (state !== "head")'],
  ),
  mutant(
    "retries wait behind all first attempts",
    [worker],
    [LANE_STATE, "return freshInRow >= most ? room : 0;", "return 0;"],
  ),
  mutant(
    "probes go to retries alone",
    [worker],
    [LANE_STATE, "return freshInRow >= most ? room : 0;", "return room;"],
  ),
  mutant(
    "workers of another database count as ours",
    ["test/integration/queues/queue-facts.test.ts"],
    ["src/queues/queue-facts.ts", "db === undefined || db === ours", "db !== ours || db === ours"],
  ),
  mutant(
    "advice is given to open the cloud's metadata",
    ["test/unit/dispatch/target-guard.test.ts"],
    ["src/dispatch/http/address-verdict.ts", "return opensWithin && own", "return opensWithin"],
  ),
];
