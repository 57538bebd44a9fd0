"use strict";

const { verifyWebhook } = require("cliniko-webhooks/verify");

const SAMPLES = 3;

/** What Zapier keeps of the answer is the endpoint's id and public keys; there is no secret in it. */
async function performSubscribe(z, { authData, inputData, targetUrl }) {
  const { data } = await z.request({
    url: `${authData.url}/v1/endpoints`,
    method: "POST",
    body: {
      url: targetUrl,
      events: inputData.events,
      description: "Zapier",
      expand: inputData.expand ?? [],
      local_time: inputData.local_time ?? false,
      signature: "v1a",
    },
  });
  return { id: data.id, signing_keys: data.signing_keys };
}

async function performUnsubscribe(z, { authData, subscribeData }) {
  await z.request({
    url: `${authData.url}/v1/endpoints/${encodeURIComponent(subscribeData.id)}`,
    method: "DELETE",
  });
  return { id: subscribeData.id };
}

async function perform(z, bundle) {
  const { id, signing_keys: known } = bundle.subscribeData;
  if (verifies(bundle.rawRequest, known)) return [bundle.cleanedRequest];
  // The key may have been replaced since the Zap was switched on.
  const { data } = await z.request({
    url: `${bundle.authData.url}/v1/endpoints/${encodeURIComponent(id)}`,
  });
  if (verifies(bundle.rawRequest, data.signing_keys)) return [bundle.cleanedRequest];
  // Halted, not failed: whoever knows the address could otherwise have the Zap switched off by its failures.
  throw new z.errors.HaltedError(
    "The callback is not from your cliniko-webhooks service: its signature does not fit.",
  );
}

/** Zapier gives the bytes as they came, and the names of headers with `Http-` before them. */
function verifies({ content, headers }, keys) {
  const named = Object.entries(headers).map(([name, value]) => [name.replace(/^http-/i, ""), value]);
  const secrets = keys.flatMap(({ public_key: key }) => (key === null ? [] : [key]));
  const seen = verifyWebhook({
    secrets,
    headers: Object.fromEntries(named),
    body: content,
    nowMs: Date.now(),
  });
  return seen.kind === "verified";
}

/** For setting up the Zap: what happened last, or made up where nothing did yet. */
async function performList(z, { authData, inputData }) {
  const lists = await Promise.all(
    inputData.events.map(async (type) => {
      const { data } = await z.request({
        url: `${authData.url}/v1/event-types/${encodeURIComponent(type)}/samples`,
        params: {
          limit: SAMPLES,
          expand: (inputData.expand ?? []).join(","),
          local_time: String(inputData.local_time ?? false),
        },
      });
      return data.data;
    }),
  );
  return lists.flat();
}

module.exports = {
  key: "event",
  noun: "Event",
  display: {
    label: "New Event",
    description:
      "Triggers when something happens in Cliniko: a visit is booked, moved or cancelled, a patient is merged.",
  },
  operation: {
    type: "hook",
    inputFields: [
      {
        key: "events",
        label: "Event types",
        type: "string",
        list: true,
        required: true,
        dynamic: "event_type.id.title",
      },
      {
        key: "expand",
        label: "Bring along",
        type: "string",
        list: true,
        required: false,
        choices: {
          patient: "Patient: names, phone numbers, e-mail",
          practitioner: "Practitioner",
          business: "Business",
          appointment_type: "Appointment type",
        },
        helpText: "Linked records, as they were when it happened.",
      },
      {
        key: "local_time",
        label: "Local times",
        type: "boolean",
        required: false,
        helpText: "Also the times by the clock of the business.",
      },
    ],
    performSubscribe,
    performUnsubscribe,
    perform,
    performList,
    sample: {
      id: "evt_3XwzrG5n1bG4m0bqQ1Zc8w2K",
      type: "appointment.rescheduled",
      timestamp: "2026-11-22T03:15:00Z",
      account: "northside",
      subject: { type: "appointment", id: "1390726237298631770" },
      sequence: 17,
      origin: "live",
      data: {
        object: { id: "1390726237298631770", starts_at: "2026-11-25T04:30:00Z" },
        previous: { starts_at: "2026-11-23T01:00:00Z" },
        changed: ["starts_at", "ends_at"],
        transitions: ["rescheduled"],
      },
    },
  },
};
