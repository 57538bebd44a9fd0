/** What is forgotten in a definition does not compile: `npm run lint` fails when one of these errors does not come. */
import { describe, expect, test } from "vitest";

import { catalogueSubjects } from "../../../src/catalogue/event-catalogue.ts";
import { makeExample } from "../../../src/catalogue/make-example.ts";
import { defineResource } from "../../../src/resources/define-resource.ts";
import { decimal, instant, text, time } from "../../../src/resources/field.ts";
import { linkTo } from "../../../src/resources/link-to.ts";
import { RESOURCE_NAMES, ordered, resources } from "../../../src/resources/registry.ts";
import { GROUPS } from "../../../src/resources/resource.ts";
import { archiving, deletion, timing } from "../../../src/resources/rules.ts";
import { defineRule } from "../../../src/resources/transition.ts";
import { giftVouchers } from "../../fixtures/one-more-resource/gift-vouchers.ts";

const ordinary = {
  path: "slips",
  subject: "slip",
  group: "people",
  tier: "minute",
  title: "Slips",
  noun: "slip",
  one: "A slip",
  about: "Of paper.",
  reading: "window",
  hiddenBy: [],
  deletedHides: false,
  variants: {},
  version: 1,
  watched: { name: text("Its name."), price: decimal("What it costs."), archived_at: instant("When.") },
  noise: { colour: text("Its colour.") },
  rules: [deletion, archiving],
  events: {},
  sample: { id: "1", created_at: "2026-11-02T02:15:10Z", name: "a", price: "1" },
  examples: { updated: { after: { name: "b" } } },
} as const;

test("a transition has its rank and its words from where it is told", () => {
  expect(defineResource(ordinary).transitions).toEqual([
    ...["created", "deleted", "restored", "archived", "unarchived", "updated"],
  ]);
  expect(defineResource({ ...ordinary, rules: [archiving, deletion] }).transitions).toEqual([
    ...["created", "archived", "unarchived", "deleted", "restored", "updated"],
  ]);
  const torn = { title: "{it} torn", when: "it is torn", example: () => ({}) };
  defineRule({
    tells: { torn },
    fields: ["name"],
    // @ts-expect-error -- it is told, and has no rank
    detect: () => ["torn", "crumpled"],
  });
  // @ts-expect-error -- a rank without words
  defineRule({ tells: { torn: { title: "Torn" } }, fields: ["name"], detect: () => ["torn"] });
  // @ts-expect-error -- a rank without an example
  defineRule({ tells: { torn: { title: "Torn", when: "it is torn" } }, fields: [], detect: () => [] });
});

test("words and examples are of what can be told", () => {
  const words = { ...ordinary, events: { archived: { title: "Slip filed" } } };
  expect(defineResource(words).events["archived"]).toEqual({ title: "Slip filed" });
  // @ts-expect-error -- nothing tells that
  defineResource({ ...ordinary, events: { merged: { title: "Slips merged" } } });
  // @ts-expect-error -- an update is of one's own
  defineResource({ ...ordinary, examples: {} });
});

test("a rule reads what is watched", () => {
  // @ts-expect-error -- a slip takes place at no time
  defineResource({ ...ordinary, rules: [deletion, timing] });
  // @ts-expect-error -- what hides it must be known of it
  defineResource({ ...ordinary, hiddenBy: ["cancelled_at"] });
  const watched = { ...ordinary.watched, starts_at: time("When it begins."), ends_at: time("When it ends.") };
  const sample = { ...ordinary.sample, starts_at: "2026-11-02T02:15:10Z", ends_at: "2026-11-02T02:15:10Z" };
  const timed = defineResource({ ...ordinary, watched, sample, rules: [deletion, timing] });
  expect(timed.transitions).toContain("rescheduled");
});

test("a sample is of the kinds of its fields", () => {
  // @ts-expect-error -- a name is text
  defineResource({ ...ordinary, sample: { ...ordinary.sample, name: 1 } });
  // @ts-expect-error -- every record has an id
  defineResource({ ...ordinary, sample: { created_at: "2026-11-02T02:15:10Z" } });
  // @ts-expect-error -- there is no such field
  defineResource({ ...ordinary, examples: { updated: { after: { size: "b" } } } });
});

describe("what the compiler cannot see fails at once, by the names of resource and field:", () => {
  test.each([
    [
      "a field that is both",
      () => defineResource({ ...ordinary, noise: { name: text("Its name.") } }),
      "slips.name is defined twice",
    ],
    [
      "a field that every record has",
      () => defineResource({ ...ordinary, noise: { links: text("Where it is.") } }),
      "slips.links is defined twice",
    ],
    [
      "a transition of two rules",
      () => defineResource({ ...ordinary, rules: [archiving, archiving] }),
      "slips.archived is defined twice",
    ],
  ])("%s", (_what, define, message) => {
    expect(define).toThrow(message);
  });

  test("two of one subject, and one that speaks of another that there is not", () => {
    const all = Object.values(resources);
    const slips = defineResource(ordinary);
    const keptIf = { link: "name", leadsTo: "patients", otherwise: "drawers", hint: "" } as const;

    expect(() => ordered([...all, slips])).not.toThrow();
    expect(() => ordered([...all, { ...slips, subject: "patient" }])).toThrow(
      "subject is another resource's: patient",
    );
    expect(() => ordered([...all, { ...slips, keptIf }])).toThrow("slips.keptIf names no resource: drawers");
    expect(() => ordered([...all, { ...slips, moves: ["name"] }])).toThrow(
      "slips.moves names no resource without patients: name",
    );
    expect(() => ordered([...all, { ...slips, followedBy: ["drawers"] }])).toThrow(
      "slips.followedBy names no resource: drawers",
    );
  });

  test("an example that does not bring about what it is of", () => {
    const resource = defineResource({ ...ordinary, examples: { updated: { after: { name: "a" } } } });

    expect(() => makeExample(resource, "updated")).toThrow('slips: the example of "updated"');
    expect(() => makeExample(defineResource(ordinary), "updated")).not.toThrow();
  });
});

test("the registry is in the order of the groups, and in them what is decided on by others comes last", () => {
  const names = ordered([...Object.values(resources), giftVouchers].toReversed()).map(({ path }) => path);
  expect(names.filter((path) => path !== "gift_vouchers")).toEqual(RESOURCE_NAMES);
  const { attendees, group_appointments: groupAppointments, patients } = resources;
  const some = names.filter((path) =>
    [attendees, groupAppointments, giftVouchers, patients].some((resource) => resource.path === path),
  );
  expect(some).toEqual(["group_appointments", "attendees", "gift_vouchers", "patients"]);
  const groups = [...new Set(catalogueSubjects.flatMap(({ group }) => group ?? []))];
  expect(groups).toEqual(Object.keys(GROUPS).filter((name) => groups.some((group) => group === name)));
});

test("whom a record is about follows from its links, whatever they are called", () => {
  expect(giftVouchers.patientLinks).toEqual(["bearer"]);
  expect(giftVouchers.aboutPatient).toEqual(["bearer", "dedication"]);
  expect(giftVouchers.sensitive).toEqual(["dedication", "code"]);
  expect(defineResource({ ...ordinary, secret: ["url"] }).noise).toContain("url");
  expect(() => defineResource({ ...ordinary, secret: ["name"] })).toThrow("slips.name is defined twice");
  expect(resources.patients.patientLinks).toEqual([]);
  expect(linkTo("patients/42").links.self).toMatch(/\/patients\/42$/);
});
