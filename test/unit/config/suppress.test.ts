import { expect, test } from "vitest";

import { FILE, fileWith, parseFile, problemsOf } from "../../support/operator-file.ts";

const RESOURCES = "    resources: [patients]\n";

test("whether nothing is told of patients who refused is the account's choice, and off by itself", () => {
  const on = fileWith(RESOURCES, `${RESOURCES}    suppress_without_consent: true\n`);

  expect(parseFile(FILE).accounts[0]?.suppressWithoutConsent).toBe(false);
  expect(parseFile(on).accounts[0]?.suppressWithoutConsent).toBe(true);
  expect(
    problemsOf(fileWith(RESOURCES, `${RESOURCES}    suppress_without_consent: sometimes\n`)),
  ).toHaveLength(1);
});

test("it is refused where patients are not read: who refused could not be known", () => {
  const written = "    resources: [individual_appointments]\n    suppress_without_consent: true\n";

  expect(problemsOf(fileWith(RESOURCES, written))).toEqual([
    {
      path: "accounts.northside.suppress_without_consent",
      line: 12,
      message: "needs the patients to be read: who refused is written in their records",
      remedy: "add patients to the account's resources",
    },
  ]);
  expect(problemsOf(fileWith(RESOURCES, written.replace("true", "false")))).toEqual([]);
});
