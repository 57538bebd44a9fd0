/**
 * Every page of the documentation, in the order in which it is read: the navigation of /docs, and llms.txt. A page that stands
 * nowhere here fails the build. `nav`: what it is called where there is little room. `under`: a folder whose pages come along.
 */
export const OUTLINE = [
  {
    title: "Start",
    pages: [
      { path: "docs/README.md", nav: "Overview", about: "which page answers what" },
      {
        path: "docs/quick-start.md",
        about: "from nothing to the first callback, with a sandbox or a clinic",
      },
      { path: "docs/concepts.md", about: "what it promises and what not; how a delivery stands" },
    ],
  },
  {
    title: "Receive",
    pages: [
      {
        path: "docs/receiving.md",
        about: "what a receiver has to do, whole receivers in seven languages, tools",
      },
      {
        path: "docs/events.md",
        about: "every event type, when it is sent and when not, payload levels",
        under: "docs/events",
      },
      {
        path: "docs/api.md",
        nav: "API",
        about: "roles, pages, errors and every operation; details on a page for each tag",
        under: "docs/api",
      },
    ],
  },
  {
    title: "Tools",
    pages: [
      {
        path: "integrations/node-red/README.md",
        nav: "Node-RED",
        about: "a node that a flow begins with: it subscribes, verifies and hands each event on once",
      },
      {
        path: "integrations/n8n/README.md",
        nav: "n8n",
        about: "a trigger for workflows, as a community node",
      },
      {
        path: "integrations/zapier/README.md",
        nav: "Zapier",
        about: "an app for your own Zapier account",
      },
    ],
  },
  {
    title: "Run",
    pages: [
      { path: "docs/deployment.md", about: "one process, Docker, Kubernetes, Redis, a proxy in front" },
      {
        path: "notifier.example.yaml",
        nav: "Configuration",
        about: "every setting, with what it is when left out",
      },
      {
        path: "docs/operations.md",
        about: "every error, state and alert with what to do; backups, keys, upgrades",
      },
      { path: "docs/explain.md", nav: "Why an event came, or not", about: "the codes of `events explain`" },
      { path: "CHANGELOG.md", nav: "Changes", about: "what each release changed, for who runs it" },
      { path: "docs/dashboard.md", about: "every page of it, who sees what, signing in" },
    ],
  },
  {
    title: "Privacy and security",
    pages: [
      {
        path: "docs/privacy.md",
        about: "what is stored and where, erasure, consent, the officer's questions",
      },
      { path: "SECURITY.md", about: "what protects the data, and how to report a fault" },
      { path: "docs/threat-model.md", about: "against whom it helps, and against whom not" },
    ],
  },
  {
    title: "Background",
    optional: true,
    pages: [
      { path: "docs/upstream.md", nav: "Cliniko's API", about: "documented, inferred and unknown behaviour" },
      { path: "docs/invariants.md", about: "what holds whatever happens, and where it is shown" },
      {
        path: "docs/decisions",
        nav: "Decisions",
        about: "why it is built as it is",
        under: "docs/decisions",
      },
    ],
  },
];
