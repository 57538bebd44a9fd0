import { type INodeType, type INodeTypeDescription, NodeConnectionTypes } from "n8n-workflow";

import { getEventTypes } from "./service";

export class ClinikoWebhooks implements INodeType {
  description: INodeTypeDescription = {
    displayName: "Cliniko Webhooks",
    name: "clinikoWebhooks",
    icon: { light: "file:clinikoWebhooks.svg", dark: "file:clinikoWebhooks.dark.svg" },
    group: ["input"],
    version: 1,
    subtitle: '={{$parameter["operation"]}}',
    description: "Looks at what happened in a Cliniko account, and at samples to build a workflow with",
    defaults: { name: "Cliniko Webhooks" },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: "clinikoWebhooksApi", required: true }],
    requestDefaults: { baseURL: '={{$credentials.url.replace(/\\/+$/, "")}}/v1' },
    properties: [
      {
        displayName: "Resource",
        name: "resource",
        type: "options",
        noDataExpression: true,
        options: [{ name: "Event", value: "event" }],
        default: "event",
      },
      {
        displayName: "Operation",
        name: "operation",
        type: "options",
        noDataExpression: true,
        displayOptions: { show: { resource: ["event"] } },
        options: [
          {
            name: "Get",
            value: "get",
            action: "Get an event",
            description: "One that happened, by its ID",
            routing: {
              request: { method: "GET", url: "=/events/{{ encodeURIComponent($parameter.eventId) }}" },
              output: { postReceive: [{ type: "rootProperty", properties: { property: "event" } }] },
            },
          },
          {
            name: "Get Samples",
            value: "getSamples",
            action: "Get samples of events",
            description: "The newest of a type, or a made-up one where there is none",
            routing: {
              request: {
                method: "GET",
                url: "=/event-types/{{ encodeURIComponent($parameter.eventType) }}/samples",
                qs: { limit: "={{ $parameter.samples }}", expand: '={{ $parameter.expand.join(",") }}' },
              },
              output: { postReceive: [{ type: "rootProperty", properties: { property: "data" } }] },
            },
          },
        ],
        default: "getSamples",
      },
      {
        displayName: "Event ID",
        name: "eventId",
        type: "string",
        required: true,
        displayOptions: { show: { resource: ["event"], operation: ["get"] } },
        default: "",
        placeholder: "evt_3XwzrG5n1bG4m0bqQ1Zc8w2K",
      },
      {
        displayName: "Event Type Name or ID",
        name: "eventType",
        type: "options",
        typeOptions: { loadOptionsMethod: "getEventTypes" },
        required: true,
        displayOptions: { show: { resource: ["event"], operation: ["getSamples"] } },
        default: "",
        description:
          'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
      },
      {
        displayName: "Samples",
        name: "samples",
        type: "number",
        typeOptions: { minValue: 1, maxValue: 20 },
        displayOptions: { show: { resource: ["event"], operation: ["getSamples"] } },
        default: 3,
        description: "How many at most",
      },
      {
        displayName: "Bring Along",
        name: "expand",
        type: "multiOptions",
        options: [
          { name: "Appointment Type", value: "appointment_type" },
          { name: "Business", value: "business" },
          { name: "Patient", value: "patient", description: "Names, phone numbers, e-mail" },
          { name: "Practitioner", value: "practitioner" },
        ],
        displayOptions: { show: { resource: ["event"], operation: ["getSamples"] } },
        default: [],
        description: "Linked records, as they were when it happened, in data.related",
      },
    ],
  };

  methods = { loadOptions: { getEventTypes } };
}
