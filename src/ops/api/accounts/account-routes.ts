import { z } from "zod";

import { readAccountStatus } from "../../../admin/accounts/account-status.ts";
import { pollAccount, releaseAccount } from "../../../admin/accounts/poll-or-release.ts";
import { accountsOf } from "../../../admin/access/caller.ts";
import { lookWhose } from "../../../admin/accounts/look-whose.ts";
import { lookAtKey } from "../../../admin/accounts/look-at-key.ts";
import { listAccounts } from "../../../admin/accounts/list-accounts.ts";
import { pollSchema, releasedSchema, toPollAnswer, toReleasedAnswer } from "./act-answer.ts";
import { accountSchema, toAccountAnswer } from "./account-answer.ts";
import type { ApiDeps } from "../api.ts";
import type { ApiScope } from "../api-scope.ts";
import { callerOf } from "../authenticate.ts";
import { pageOf, pageQuery, parseCursor, toCursor } from "../page.ts";
import { searchQuery } from "../query-fields.ts";
import { findAccount } from "../records/record-routes.ts";
import { resourceState } from "./resource-schema.ts";

const EXAMPLE: z.infer<typeof accountSchema> = {
  name: "northside",
  resources: [
    {
      resource: "individual_appointments",
      group: "visits",
      state: "live",
      complete_up_to: "2026-11-22T03:14:51Z",
      detail: null,
      since: null,
      severity: "ok",
      code: "live",
      quarantined: false,
      suspects: 0,
      promise_ms: 20_000,
      failing_steps: [],
    },
  ],
  budget: {
    severity: "ok",
    code: "usable",
    share: 0.25,
    configured_share: 0.25,
    used: 0.12,
    requests_per_minute: 50,
    requests: 1_204,
    blocked_until: null,
  },
};

export const accountParams = z.object({
  account: z
    .string()
    .max(63, "is longer than any name")
    .meta({
      description: "The clinic, as the operator named it.",
      examples: ["northside"],
    }),
});

const listQuery = z.strictObject({
  ...pageQuery,
  search: searchQuery("the name"),
  state: z
    .enum([...resourceState.options, "trouble", "quarantined"])
    .optional()
    .meta({
      description:
        "Only accounts of which some kind of record is in this state. trouble: in any but live · quarantined: stopped by a guard. Left out: all.",
      examples: ["trouble"],
    }),
});

export function addAccountRoutes(scope: ApiScope, deps: ApiDeps): void {
  addList(scope, deps);
  addRead(scope, deps);
  addPoll(scope, deps);
  addRelease(scope, deps);
}

function addList(scope: ApiScope, { base }: ApiDeps): void {
  scope.route({
    method: "GET",
    url: "/accounts",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        answers: {
          200: "A page of accounts, by name. With `state` it may be short, even empty, and not the last: go by `next`.",
        },
        examples: { answer: { data: [EXAMPLE], next: null } },
      },
    },
    schema: {
      operationId: "listAccounts",
      tags: ["Accounts"],
      summary: "List the accounts",
      description: "How far each has been read: up to there, silence means that nothing happened.",
      querystring: listQuery,
      response: { 200: pageOf(accountSchema, "AccountPage") },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { cursor, limit, search, state } = request.query;
      const names = new Set(accountsOf(caller, base.config));
      const visible = base.config.accounts.filter(({ name }) => names.has(name));
      const page = { after: parseCursor(cursor, z.string()), limit };
      const { accounts, next } = await listAccounts(base, visible, { search, state }, page);
      return {
        data: accounts.map((status) => toAccountAnswer(base, caller, status)),
        next: next === undefined ? null : toCursor(next),
      };
    },
  });
}

function addRead(scope: ApiScope, deps: ApiDeps): void {
  const { base } = deps;
  scope.route({
    method: "GET",
    url: "/accounts/:account",
    config: {
      operation: {
        roles: ["admin", "viewer", "subscriber"],
        problems: ["not_found"],
        answers: { 200: "The account." },
        examples: { answer: EXAMPLE },
      },
    },
    schema: {
      operationId: "readAccount",
      tags: ["Accounts"],
      summary: "Read an account",
      description:
        "How far it has been read, what is wrong, what a guard saw, and what is left of the budget.",
      params: accountParams,
      response: { 200: accountSchema },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      return toAccountAnswer(
        base,
        caller,
        await readAccountStatus(base, findAccount(deps, caller, request.params.account)),
      );
    },
  });
}

function addPoll(scope: ApiScope, deps: ApiDeps): void {
  const { base } = deps;
  scope.route({
    method: "POST",
    url: "/accounts/:account/poll",
    config: {
      operation: {
        roles: ["admin"],
        problems: ["not_found"],
        answers: { 202: "It is asked for." },
        examples: { answer: { woken: ["individual_appointments", "patients"], quarantined: [], key: null } },
      },
    },
    schema: {
      operationId: "pollAccount",
      tags: ["Accounts"],
      summary: "Read an account now",
      description:
        "Instead of at its next turn. It draws on the same budget. A key that was refused is looked at first, and the answer waits some seconds for what comes of it.",
      params: accountParams,
      response: { 202: pollSchema },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const account = findAccount(deps, caller, request.params.account);
      return await reply.code(202).send(toPollAnswer(await pollAccount(base, caller, account)));
    },
  });
}

const releaseSchema = z
  .strictObject({
    accept_deletions: z.boolean().default(false).meta({
      description: "The missing records really are deleted: report them, each on its own evidence.",
    }),
    appeared: z.enum(["silently", "tell"]).default("silently").meta({
      description:
        "What becomes of records that appeared and were made before anything unread: they are taken over silently, or told as created.",
    }),
    same_clinic: z.boolean().default(false).meta({
      description: "Another clinic seems to answer, but it is the same: go on with what answers now.",
    }),
  })
  .meta({ id: "Release", description: "How to release an account." });

function addRelease(scope: ApiScope, deps: ApiDeps): void {
  const { base } = deps;
  scope.route({
    method: "POST",
    url: "/accounts/:account/release",
    config: {
      operation: {
        roles: ["admin"],
        problems: ["not_found"],
        answers: { 200: "It is free." },
        examples: {
          body: { accept_deletions: false, appeared: "silently", same_clinic: false },
          answer: {
            released: [{ resource: "patients", detail: "212 of 3,054 known records are missing at once" }],
            whose: null,
            key: null,
          },
        },
      },
    },
    schema: {
      operationId: "releaseAccount",
      tags: ["Accounts"],
      summary: "Release the guards of an account",
      description:
        "Once you have looked at why they hold it (read the account). Reading goes on from where everything was last seen: nothing that happened meanwhile is lost. `connection.recovered` is sent when everything has been compared.",
      params: accountParams,
      body: releaseSchema,
      response: { 200: releasedSchema },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const account = findAccount(deps, caller, request.params.account);
      const { accept_deletions: acceptDeletions, appeared, same_clinic: sameClinic } = request.body;
      const found = { acceptDeletions, appeared };
      const released = await releaseAccount(base, caller, account.name, found, sameClinic);
      const whose = await lookWhose(base, account);
      return toReleasedAnswer({ released, whose, key: await lookAtKey(base, account) });
    },
  });
}
