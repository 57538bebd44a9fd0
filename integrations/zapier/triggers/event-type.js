"use strict";

/** For the list to choose from. Zapier asks for the next page as somebody scrolls. */
async function perform(z, bundle) {
  const cursor = bundle.meta.page ? await z.cursor.get() : undefined;
  if (cursor === "") return [];
  const params = { limit: 100, ...(cursor ? { cursor } : {}) };
  const { data } = await z.request({ url: `${bundle.authData.url}/v1/event-types`, params });
  await z.cursor.set(data.next ?? "");
  return data.data.map(({ type, title }) => ({ id: type, title: `${title} (${type})` }));
}

module.exports = {
  key: "event_type",
  noun: "Event type",
  display: { label: "List of event types", description: "What a Zap can be started by.", hidden: true },
  operation: {
    canPaginate: true,
    perform,
    sample: { id: "appointment.rescheduled", title: "Appointment moved in time (appointment.rescheduled)" },
  },
};
