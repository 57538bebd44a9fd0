// Which room may import which, and where each package lives. Run: npm run lint (it checks types, too)
const PACKAGES = {
  bullmq: ["queues"],
  undici: ["cliniko"],
  ioredis: ["store"],
  pino: ["shared"],
  "@opentelemetry/api": ["shared"],
  nodemailer: ["dispatch"],
  fastify: ["ops"],
  commander: ["cli"],
};

/** Whatever is not named is forbidden. See docs/decisions/0001-rooms.md. */
const ROOMS = {
  shared: { knows: [], because: "shared stands at the bottom." },
  public: { knows: [], because: "others copy and import it: it drags nothing along." },
  config: { knows: ["shared"], because: "every other room reads config." },
  resources: { knows: ["shared"], because: "everything else is derived from the resources." },
  cliniko: {
    knows: ["shared", "config", "resources"],
    because: "cliniko speaks to the upstream and knows nothing of diffing or of subscribers.",
  },
  diff: { knows: ["shared", "resources"], because: "diff is pure: no I/O, no clock, nothing above it." },
  catalogue: {
    knows: ["shared", "resources", "diff"],
    because: "the catalogue describes what diff tells: it knows nothing else.",
  },
  store: {
    knows: ["shared", "config", "resources", "cliniko", "diff"],
    because: "store sits under queues, pollers and dispatch.",
  },
  queues: { knows: ["shared"], because: "queues is the home of BullMQ and carries ids only." },
  pollers: {
    knows: ["shared", "config", "resources", "cliniko", "diff", "store", "queues"],
    because: "pollers and dispatch never import each other: they meet in queues and store.",
  },
  dispatch: {
    knows: ["shared", "config", "resources", "diff", "store", "queues"],
    because: "pollers and dispatch never import each other: they meet in queues and store.",
  },
  admin: {
    knows: [
      ...["shared", "config", "resources", "cliniko", "diff", "catalogue", "store", "queues"],
      ...["pollers", "dispatch"],
    ],
    because: "admin is what a person may do: the API and the command line call it, it knows neither.",
  },
  ops: {
    knows: ["shared", "config", "resources", "diff", "catalogue", "store", "queues", "admin"],
    because: "ops shows what others did, and changes things through admin.",
  },
  app: {
    knows: [
      ...["shared", "config", "resources", "cliniko", "diff", "store", "queues"],
      ...["pollers", "dispatch", "admin", "ops"],
    ],
    because: "app puts a process together.",
  },
  sandbox: { knows: [], because: "the sandbox is the oracle: it shares no code with what it judges." },
  cli: {
    knows: "everything",
    because: "the browser's program runs in browsers, and jobs are asked for through admin.",
    never: ["queues"],
  },
};

/**
 * What is asked of an installation goes through admin, as the API's requests do: it is allowed or not, and written down. Of what
 * lies below, these commands take types and what changes nothing.
 */
const COMMANDS = {
  folders: ["access", "accounts", "deliveries", "endpoints", "events", "privacy", "terminal"],
  below: ["store", "queues", "pollers", "dispatch"],
  pure: [
    ...[
      "store/outbox/delivery.ts",
      "store/outbox/delivery-state.ts",
      "store/events/patience.ts",
      "store/events/position.ts",
    ],
    ...["store/access/token-role.ts", "dispatch/worker/outcome.ts"],
    // What admin is handed to send a test with, and keys that a person takes away.
    ...["dispatch/http/sending.ts", "dispatch/signing/signing-keys.ts"],
  ],
};

const ABORT_SIGNAL = ["any", "timeout"].map((property) => ({
  object: "AbortSignal",
  property,
  message: "Node 20 loses it to garbage collection: use limitSignal.",
}));

const rooms = Object.keys(ROOMS);

/** @param files of the room; @param knows names of rooms */
function boundary(name, { knows, because, never = [] }) {
  const closed =
    knows === "everything" ? never : rooms.filter((room) => room !== name && !knows.includes(room));
  const foreign = Object.keys(PACKAGES).filter(
    (key) => knows !== "everything" && !PACKAGES[key].includes(name),
  );
  const patterns = [
    {
      group: [
        ...closed.map((room) => `**/${room}/**`),
        "**/dashboard/**",
        ...(knows === "everything" ? [] : ["**/cli.ts", "**/main.ts"]),
      ],
      message: because,
    },
    {
      group: foreign.flatMap((key) => [key, `${key}/*`]),
      message: "this package has one home: see docs/decisions/0001-rooms.md.",
    },
  ].filter(({ group }) => group.length > 0);
  return {
    files: name === "cli" ? ["src/*.ts", "src/cli/**"] : [`src/${name}/**`],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

const commandsBoundary = {
  files: COMMANDS.folders.map((folder) => `src/cli/${folder}/**`),
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: [
              ...COMMANDS.below.map((room) => `**/${room}/**`),
              ...COMMANDS.pure.map((file) => `!**/${file}`),
            ],
            allowTypeImports: true,
            message: "a command asks admin, as the API does: see docs/decisions/0001-rooms.md.",
          },
          { group: ["**/dashboard/**"], message: ROOMS.cli.because },
        ],
      },
    ],
    "no-restricted-properties": [
      "error",
      ...ABORT_SIGNAL,
      ...["queues", "redis"].map((property) => ({
        object: "base",
        property,
        message: "a command asks admin, as the API does: see docs/decisions/0001-rooms.md.",
      })),
    ],
  },
};

/** Of the service, the browser's program knows what the API says. */
const dashboardBoundary = {
  files: ["dashboard/**"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: ["**/src/ops/**", "zod"],
            allowTypeImports: true,
            message: "the browser shares types with the API, no code.",
          },
          {
            group: [
              ...rooms
                .filter((room) => room !== "ops" && room !== "shared")
                .map((room) => `**/src/${room}/**`),
              ...["**/src/*.ts", "node:*"],
            ],
            message:
              "the dashboard knows of the service what the API tells: see docs/decisions/0018-dashboard.md.",
          },
        ],
      },
    ],
  },
};

export default {
  plugins: ["typescript", "import", "unicorn", "node", "promise", "vitest", "oxc"],
  categories: {
    correctness: "error",
    suspicious: "error",
  },
  // n8n's own linter looks at its nodes, with n8n's types, which are not here: integrations/n8n/README.md.
  ignorePatterns: ["dist", "integrations/n8n"],
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/only-throw-error": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/explicit-module-boundary-types": "error",
    "typescript/return-await": ["error", "always"],
    "typescript/no-deprecated": "error",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "unicorn/prefer-node-protocol": "error",
    "unicorn/filename-case": [
      "error",
      {
        case: "kebabCase",
      },
    ],
    "unicorn/catch-error-name": [
      "error",
      {
        name: "error",
      },
    ],
    "unicorn/no-empty-file": "error",
    "preserve-caught-error": "error",
    "node/no-process-env": "error",
    "no-console": "error",
    "no-restricted-properties": ["error", ...ABORT_SIGNAL],
    "no-underscore-dangle": "off",
    "no-await-in-loop": "off",
    "max-lines": [
      "error",
      {
        max: 300,
        skipComments: true,
        skipBlankLines: true,
      },
    ],
    "max-lines-per-function": [
      "warn",
      {
        max: 60,
        skipComments: true,
        skipBlankLines: true,
      },
    ],
    "typescript/consistent-return": "off",
  },
  overrides: [
    ...rooms.map((name) => boundary(name, ROOMS[name])),
    commandsBoundary,
    {
      files: ["dashboard/**"],
      plugins: ["typescript", "import", "unicorn", "promise", "oxc", "react", "jsx-a11y"],
      rules: {
        "react/react-in-jsx-scope": "off",
        "react/rules-of-hooks": "error",
        "react/exhaustive-deps": "error",
        "react/no-danger": "error",
        "react/jsx-no-target-blank": "error",
        "react/button-has-type": "error",
        "react/no-unstable-nested-components": "off",
        "jsx-a11y/prefer-tag-over-role": "off",
        "jsx-a11y/no-noninteractive-tabindex": [
          "error",
          {
            roles: ["region"],
            tags: [],
          },
        ],
        "jsx-a11y/no-autofocus": [
          "error",
          {
            ignoreNonDOM: true,
          },
        ],
        "import/no-unassigned-import": [
          "error",
          {
            allow: ["**/*.css"],
          },
        ],
      },
    },
    {
      files: ["src/main.ts", "src/cli.ts", "src/cli/**", "test/**", "bench/**", "scripts/**", "*.config.ts"],
      rules: {
        "node/no-process-env": "off",
        "import/no-default-export": "off",
        "no-console": "off",
      },
    },
    {
      files: ["test/**", "bench/**"],
      rules: {
        "max-lines": [
          "error",
          {
            max: 500,
          },
        ],
        "max-lines-per-function": "off",
        "import/no-unassigned-import": [
          "error",
          {
            allow: ["**/*.cases.ts"],
          },
        ],
        "no-empty-pattern": "off",
        "vitest/no-standalone-expect": "off",
        "typescript/no-unsafe-type-assertion": "off",
        "typescript/explicit-module-boundary-types": "off",
        "no-restricted-properties": [
          "error",
          {
            object: "vi",
            property: "mock",
            message: "Inject a fake through the factory instead.",
          },
        ],
        "import/no-named-as-default-member": "off",
        "import/no-named-as-default": "off",
        "vitest/valid-expect": [
          "error",
          {
            maxArgs: 2,
          },
        ],
        "unicorn/consistent-function-scoping": "off",
        "typescript/require-array-sort-compare": "off",
        "typescript/no-meaningless-void-operator": "off",
        "unicorn/no-useless-spread": "off",
        "vitest/expect-expect": "off",
      },
    },
    dashboardBoundary,
  ],
};
