import type {
  IAuthenticateGeneric,
  ICredentialTestRequest,
  ICredentialType,
  INodeProperties,
} from "n8n-workflow";

export class ClinikoWebhooksApi implements ICredentialType {
  name = "clinikoWebhooksApi";

  displayName = "Cliniko Webhooks API";

  icon = "file:../nodes/ClinikoWebhooks/clinikoWebhooks.svg" as const;

  documentationUrl =
    "https://github.com/cliniko-webhooks/cliniko-webhooks/blob/main/integrations/n8n/README.md";

  properties: INodeProperties[] = [
    {
      displayName: "Service URL",
      name: "url",
      type: "string",
      default: "",
      placeholder: "https://webhooks.northside.example",
      required: true,
      description: "Where n8n reaches your cliniko-webhooks service",
    },
    {
      displayName: "Token",
      name: "token",
      type: "string",
      typeOptions: { password: true },
      default: "",
      required: true,
      description:
        "What <code>cliniko-webhooks tokens create n8n --role subscriber --subscriber n8n --accounts northside --no-expiry</code> prints",
    },
  ];

  authenticate: IAuthenticateGeneric = {
    type: "generic",
    properties: { headers: { Authorization: "=Bearer {{$credentials.token}}" } },
  };

  test: ICredentialTestRequest = {
    request: { baseURL: "={{$credentials.url}}", url: "/v1/me" },
  };
}
