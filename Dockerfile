# One image for the server, the worker and the migration; docker-compose.yml says which of them runs.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package that runs in production has an install script worth running.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npx tsc -b db && npx vite build --config scripts/vite.processes.config.ts && npx vite build web
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# dist/db/migrate.js reads the SQL from here.
COPY --from=build /app/db/migrations ./db/migrations
COPY --from=build /app/docker ./docker
# The image holds no state: files belong to root and are read only to the process.
USER node
EXPOSE 4700
CMD ["node", "--enable-source-maps", "dist/run/server/main.js"]
