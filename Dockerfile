# One image for all nodes. A container's name on its network decides its role: master and master1 lead; secondary1, replica2
# and the like follow (docs/operations.md#containers). Two targets have a fixed role, whatever the name is:
#
#   docker build -t master:latest --target master .
#   docker build -t replica:latest --target replica .

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts scripts
COPY src src
RUN npm run build

FROM node:24-bookworm-slim AS node
WORKDIR /app
COPY package.json ./
COPY bin bin
COPY --from=build /app/dist dist
RUN ln -s /app/bin/rlog /usr/local/bin/rlog && install -d -m 700 -o node -g node /data
LABEL org.opencontainers.image.title=replicated-log \
  org.opencontainers.image.description="A replicated, durable, append-only log over plain HTTP" \
  org.opencontainers.image.version=0.1.0 \
  org.opencontainers.image.licenses=MIT \
  org.opencontainers.image.base.name=docker.io/library/node:24-bookworm-slim
# In the image a node is named after its host unless SERVER_ID says otherwise.
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data RLOG_IMAGE=true
# Nothing but /data is written to, and no capability is needed: docs/operations.md#containers says how to take away the rest.
USER node
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["rlog"]

FROM node AS replica
EXPOSE 5001
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["rlog", "health", "--by-name", "secondary"]
CMD ["by-name", "secondary"]

FROM node AS master
EXPOSE 5000
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["rlog", "health", "--by-name", "master"]
CMD ["by-name", "master"]

FROM node
EXPOSE 5000 5001 5002
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["rlog", "health", "--by-name"]
CMD ["by-name"]
