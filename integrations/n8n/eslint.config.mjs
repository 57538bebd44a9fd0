import { config } from "@n8n/node-cli/eslint";

// n8n asks for MIT. The licence of this folder is that of the repository, and its owner's to change.
export default [...config, { rules: { "n8n-nodes-base/community-package-json-license-not-default": "off" } }];
