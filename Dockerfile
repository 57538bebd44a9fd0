# Build with a plain `docker build .`. The recommended Node; package.json names the oldest.
FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc tsconfig.json tsconfig.build.json ./
RUN npm ci --ignore-scripts
COPY src src
COPY dashboard dashboard
COPY scripts/build.mjs scripts/build-dashboard.mjs scripts/setup.mjs scripts/
RUN npm run build

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
# A volume that is mounted here is the service's to write: the erasure key.
RUN mkdir -p -m 700 /var/lib/cliniko-webhooks/keys && chown -R node:node /var/lib/cliniko-webhooks
USER node
EXPOSE 8321
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8321/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Exec form: SIGTERM reaches the service itself, which drains within 25 s. Give it `--stop-timeout 30`.
ENTRYPOINT ["node", "--enable-source-maps", "dist/cli.js"]
CMD ["start", "--config", "/etc/cliniko-webhooks/notifier.yaml"]
