# One image, two targets that differ in their command: `master` (the default) and `replica`.
#
#   docker build -t master:latest --target master .
#   docker build -t replica:latest --target replica .

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npx tsc -p tsconfig.build.json --declaration false && npx vite build --config src/dashboard/vite.config.ts --logLevel warn

FROM node:24-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --omit=optional --no-audit --no-fund

FROM node:24-bookworm-slim AS node
WORKDIR /app
COPY package.json ./
COPY bin bin
COPY --from=modules /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN ln -s /app/bin/rlog /usr/local/bin/rlog && install -d -o node -g node /data
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
USER node
VOLUME /data
# A node's name is its host name unless SERVER_ID says otherwise. Each exec keeps SIGTERM going to Node.
ENTRYPOINT ["/bin/sh", "-c", "export SERVER_ID=\"${SERVER_ID:-$(hostname)}\"; exec rlog \"$@\"", "rlog"]

FROM node AS replica
EXPOSE 5001
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD rlog health "http://127.0.0.1:${SECONDARY_PORT:-5001}"
CMD ["secondary"]

FROM node AS master
EXPOSE 5000
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD rlog health "http://127.0.0.1:${MASTER_PORT:-5000}"
CMD ["master"]
