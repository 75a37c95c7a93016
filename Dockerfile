# The workers and the command line: orchestrator and sandbox host are one image with another command.
# Not Alpine: the Temporal SDK's native part needs glibc.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.ts ./scripts/build.ts
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
# git reads histories and applies patches; python3 runs the supervisor of sandboxes; bubblewrap is the other backend.
RUN apt-get update \
  && apt-get install -y --no-install-recommends bubblewrap ca-certificates git python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json LICENSE ./
COPY prompts ./prompts
COPY config ./config
COPY src/workers/*.cjs ./src/workers/
COPY src/sandbox/supervisor ./src/sandbox/supervisor
COPY src/sandbox/prepared/*.sh ./src/sandbox/prepared/
COPY src/sandbox/prepared/go-cache ./src/sandbox/prepared/go-cache
COPY src/activities/validation/*.py ./src/activities/validation/
COPY src/activities/leaks/*.py ./src/activities/leaks/
COPY src/activities/tree/*.py ./src/activities/tree/
COPY src/policy/embedded ./src/policy/embedded
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN mkdir -p /var/lib/selfplay && chown node:node /var/lib/selfplay
ENV NODE_ENV=production SELFPLAY_HOME=/var/lib/selfplay
USER node
ENTRYPOINT ["node", "/app/dist/cli/main.js"]
CMD ["worker"]
