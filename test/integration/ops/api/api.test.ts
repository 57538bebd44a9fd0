/*
 * The API as one file of tests: the cases stand in `cases/`, and come together here so that the last test can tell that
 * every operation was exercised against a running server. A new file of cases is imported here.
 */
import { expect } from "vitest";

import { exercised } from "../../../support/api-harness.ts";
import { operationsOf } from "../../../support/api-world.ts";
import { test } from "../../../support/api-test.ts";

import "./cases/document.cases.ts";
import "./cases/access.cases.ts";
import "./cases/errors.cases.ts";
import "./cases/bodies.cases.ts";
import "./cases/endpoints.cases.ts";
import "./cases/subscribers.cases.ts";
import "./cases/pauses.cases.ts";
import "./cases/network.cases.ts";
import "./cases/tokens.cases.ts";
import "./cases/audit.cases.ts";
import "./cases/reading.cases.ts";
import "./cases/lists.cases.ts";
import "./cases/system.cases.ts";
import "./cases/overview.cases.ts";
import "./cases/history.cases.ts";
import "./cases/tools.cases.ts";
import "./cases/walk.cases.ts";

test("every operation of the document was exercised", async ({ api }) => {
  const left = operationsOf(api.document)
    .map(({ operation }) => operation.operationId)
    .filter((id) => !exercised.has(id) && id !== "readDescription");

  expect(left).toEqual([]);
});
