import { expect, test } from "vitest";

import { pagePath } from "../../../src/cliniko/list-query.ts";
import { isResourceName, resources } from "../../../src/resources/registry.ts";
import { pageRequest } from "../../support/page-request.ts";

const { individual_appointments: appointments, patients } = resources;

test("a page of a scan asks for what moved since, hidden records too, in order of id", () => {
  expect(
    pagePath(appointments, pageRequest({ since: 1_763_781_291, after: "1390726237298631770" }, appointments)),
  ).toBe(
    "/individual_appointments" +
      "?q%5B%5D=updated_at%3A%3E%3D2025-11-22T03%3A14%3A51Z" +
      "&q%5B%5D=archived_at%3A*" +
      "&q%5B%5D=cancelled_at%3A*" +
      "&q%5B%5D=deleted_at%3A*" +
      "&q%5B%5D=id%3A%3E1390726237298631770" +
      "&sort=id%3Aasc&per_page=100",
  );
});

test("a resource that cannot be cancelled is not asked for cancelled records", () => {
  expect(pagePath(patients, pageRequest({ since: 1_763_781_291, after: undefined }, patients))).toBe(
    "/patients?q%5B%5D=updated_at%3A%3E%3D2025-11-22T03%3A14%3A51Z&q%5B%5D=archived_at%3A*&sort=id%3Aasc&per_page=100",
  );
});

test("the first page of everything still asks for hidden records", () => {
  expect(pagePath(patients, pageRequest({ since: undefined, after: undefined }, patients))).toBe(
    "/patients?q%5B%5D=archived_at%3A*&sort=id%3Aasc&per_page=100",
  );
});

test("the moment zero is a moment, not none", () => {
  expect(pagePath(patients, pageRequest({ since: 0, after: undefined }, patients))).toContain(
    "1970-01-01T00%3A00%3A00Z",
  );
});

test("the upstream reads the conditions as they were meant", () => {
  const path = pagePath(appointments, pageRequest({ since: 1_763_781_291, after: "7" }, appointments));
  const { searchParams } = new URL(path, "https://api.au1.cliniko.com");

  expect(searchParams.getAll("q[]")).toEqual([
    "updated_at:>=2025-11-22T03:14:51Z",
    "archived_at:*",
    "cancelled_at:*",
    "deleted_at:*",
    "id:>7",
  ]);
  expect(searchParams.get("sort")).toBe("id:asc");
  expect(path).not.toMatch(/[[\]]/);
});

test("a name is a resource's when the catalogue has it", () => {
  expect(isResourceName("patients")).toBe(true);
  expect(isResourceName("sandwiches")).toBe(false);
  expect(isResourceName("toString")).toBe(false);
});
