# The image of concierge: one binary on what it links to, and nothing else; no shell, no package manager.
#
#   docker build --tag concierge .
#   docker run --rm -p 127.0.0.1:5000:5000 -e CONCIERGE_ENV=development -v concierge:/data concierge

# As in rust-toolchain.toml. Its Debian is that of the image below, so that both have one C library.
FROM rust:1.95.0-slim-bookworm AS builder
# Besides the C compiler that is there, OpenSSL is built by these.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends make perl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# What was downloaded and compiled stays in the builder's caches: the next build compiles what has changed, and the
# dependencies only when they have.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --locked --release --package concierge-server \
    && install -D target/release/concierge /out/concierge \
    && mkdir /out/data

# glibc and libgcc, certificate authorities, and a user that is not root. On a fully static binary glibc would still look for
# its resolver's libraries at run time, and musl's allocator is slow where many threads hash.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=builder /out/concierge /usr/local/bin/concierge
COPY --from=builder --chown=65532:65532 /out/data /data
# Else only the container itself could reach it. What is not set is as in production, which asks for what it needs.
ENV CONCIERGE_ENV=production \
    CONCIERGE__SERVER__HOST=0.0.0.0
# The default database, sqlite://data/concierge.db, is in /data, and settings files would be in /config.
WORKDIR /
VOLUME /data
USER 65532:65532
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/usr/local/bin/concierge", "health"]
ENTRYPOINT ["/usr/local/bin/concierge"]
CMD ["serve"]
