import { mutant } from "./mutant.mjs";

const CARE = "src/app/caretaker.ts";
const GATE = "src/store/redis/redis-gate.ts";
const MARKS = "src/store/detection/marks.ts";
const POLICY = "src/store/redis/reconnect-policy.ts";
const STANDING = "src/queues/job-standing.ts";
const WATCH = "src/store/detection/installation-watch.ts";

const emptied = "test/integration/state/emptied.test.ts";
const failover = "test/integration/state/failover.test.ts";
const standings = "test/integration/queues/job-standing.test.ts";

/** What must exist in Redis, and whose Redis it is. */
export const stateMutants = [
  mutant(
    "a job that is in no list counts as there",
    [standings],
    [STANDING, "standing, score = 'missing', false", "standing, score = 'waiting', false"],
  ),
  mutant(
    "what a worker holds is removed under its hands",
    [standings],
    [STANDING, "elseif redis.call('EXISTS', hash .. ':lock') == 1 then standing = 'running' end", "end"],
  ),
  mutant(
    "lost polls are not looked for",
    [emptied],
    [
      CARE,
      "const lost = await queues.lostPolls(isLost || isShort ? targets : some);",
      "const lost = targets.slice(0, 0);",
    ],
  ),
  mutant(
    "the marks removed alone pass for an emptied Redis",
    [emptied],
    [WATCH, "if (lost === true || (lost === undefined", "if (lost !== undefined || (lost === undefined"],
  ),
  mutant(
    "what was emptied between a mark and the look is put back without a word",
    ["test/integration/state/emptied-between.test.ts"],
    [
      WATCH,
      'await (again.kind === "ours" ? gate.pass(deps.keepIdentity) : settle(again, mark));',
      "await gate.pass(deps.keepIdentity);",
    ],
  ),
  mutant(
    "a mark is written where another installation is",
    [failover],
    [MARKS, "if owner ~= me then return { 'another' } end", ""],
  ),
  mutant(
    "a new connection is used before it is known whose Redis is there",
    [failover],
    [GATE, "isOpen = false;\n    },", "isOpen = true;\n    },"],
  ),
  mutant(
    "a demoted primary is written to for ever",
    [failover],
    [
      POLICY,
      "if (!tell || !ANOTHER_MAY_HELP.test(message)) return false;",
      "if (message !== '') return false;",
    ],
  ),
];
