# Build with a plain `docker build .`. The recommended Node; package.json names the oldest.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
RUN npm ci --ignore-scripts
COPY src src
COPY dashboard dashboard
COPY scripts/build.mjs scripts/build-dashboard.mjs scripts/build-docs.mjs scripts/setup.mjs scripts/
# The pages of /docs, and what they lead to.
COPY scripts/docs scripts/docs
COPY docs docs
COPY deploy deploy
COPY integrations/n8n/README.md integrations/n8n/
COPY integrations/node-red/README.md integrations/node-red/
COPY integrations/zapier/README.md integrations/zapier/
COPY CHANGELOG.md SECURITY.md compose.yaml llms.txt notifier.example.yaml ./
RUN npm run build

FROM node:24-slim
# Used where REDIS_URL is not set: the service starts it for itself, without a port. Its own system service has no business here.
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/cliniko-webhooks
COPY --from=build /app/dist dist
COPY package.json LICENSE notifier.example.yaml ./
RUN ln -s /opt/cliniko-webhooks/dist/cli.js /usr/local/bin/cliniko-webhooks
# notifier.yaml and secrets as `init` writes them, data (the Redis of its own) and keys (the erasure key): all that is to be kept.
RUN install -d -o node -g node -m 700 /var/lib/cliniko-webhooks /var/lib/cliniko-webhooks/keys
WORKDIR /var/lib/cliniko-webhooks
VOLUME /var/lib/cliniko-webhooks
USER node
ENV NODE_ENV=production
# What `init` writes down as ops.host: from outside a container nobody reaches its 127.0.0.1.
ENV CLINIKO_WEBHOOKS_OPS_HOST=0.0.0.0
EXPOSE 8321
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8321/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: SIGTERM reaches the service itself, which drains within 25 s and then ends its Redis. Give it `--stop-timeout 40`.
ENTRYPOINT ["node", "--enable-source-maps", "/opt/cliniko-webhooks/dist/cli.js"]
CMD ["start"]
