# Debian, not Alpine: Temporal's native core has no build for musl.
FROM node:24-bookworm-slim AS build
WORKDIR /app

# Install scripts are not needed: they only fetch what development uses (another Node, a PostgreSQL for the tests).
COPY package.json package-lock.json .npmrc ./
COPY client/package.json client/
COPY standin/package.json standin/
RUN npm ci --ignore-scripts

COPY tsconfig.base.json tsconfig.build.json ./
COPY contract contract
COPY activities activities
COPY client client
COPY workers workers
COPY workflows workflows
RUN npm run build

# Only what the worker needs at run time, and of the native core only the build for this machine (of 148 MB).
RUN npm ci --ignore-scripts --omit=dev --workspace client --include-workspace-root \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist

# A volume takes over the owner of what it covers: here the operator's commands append their record (AUDIT_FILE).
RUN install -d -o node -g node -m 700 /audit
# Not root, and nothing else here belongs to this user: the worker writes no file.
USER node
# /healthz and /readyz
EXPOSE 8081
# In a container with a memory limit, set NODE_OPTIONS=--max-old-space-size to 75 % of it (in MB): Node takes its limit
# from the machine otherwise, and the rest is needed outside of the heap.
# V8 would let its young generation grow to 128 MB: bench/results/provision.json has what this saves.
ENV MALLOC_ARENA_MAX=2
CMD ["node", "--max-semi-space-size=8", "dist/workers/main.js"]
