# The whole squad in one image: `docker build -t martys-squad .`
#   docker run -p 3000:3000 -v squad:/data martys-squad           with a PostgreSQL of its own, in the volume
#   docker compose up                                             with PostgreSQL and Redis beside it (compose.yaml)
FROM rust:1.95-bookworm AS build
ENV SQUAD_CACHE=/squad/cache CARGO_TARGET_DIR=/squad/target
WORKDIR /squad/source
# tools before sources, so that a change of the sources does not build them again
COPY Cargo.toml package.json package-lock.json ./
COPY scripts/env.sh scripts/setup.sh scripts/
RUN scripts/setup.sh build
COPY . .
ARG SQUAD_FEATURES=temporal
RUN scripts/build.sh

FROM debian:bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates curl postgresql \
  && rm -rf /var/lib/apt/lists/* /var/lib/postgresql \
  && useradd --system --uid 10001 squad \
  && install -d -o squad -m 700 /data
COPY --from=build /squad/source/dist /opt/squad
USER squad
ENV SQUAD_ADDR=0.0.0.0:3000 SQUAD_DATA_DIR=/data
VOLUME /data
EXPOSE 3000
# answers get ten seconds to end, and the embedded database a few more
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["curl", "-fsS", "http://127.0.0.1:3000/health"]
ENTRYPOINT ["/opt/squad/squad"]
CMD ["serve"]
