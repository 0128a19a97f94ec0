# syntax=docker/dockerfile:1
# Builds the release binary, and puts it alone into an image without a shell (`server`, the default), and beside
# PostgreSQL's own programs into another one (`backup`), which runs for as long as a backup takes.

FROM rust:1.95.0-bookworm AS builder
# The toolchain of the image: rust-toolchain.toml also asks for rustfmt and Clippy, which no build needs.
ENV RUSTUP_TOOLCHAIN=1.95.0
WORKDIR /src
COPY . .
# SQLite, libpq and OpenSSL are built from the sources of the lock file, so the image needs none of its own.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin refero \
    && install -D --mode=0755 target/release/refero /out/refero \
    && mkdir --mode=0700 /out/data /out/backups

# `refero backup` and `refero restore` start pg_dump and pg_restore, which must be no older than the server. So this is
# the server's own image: raise its version here and in docker-compose.yml together. The server of Refero is not in it.
FROM postgres:17-bookworm AS backup
COPY --from=builder /out/refero /usr/local/bin/refero
COPY --chown=65532:65532 --from=builder /out/backups /var/backups/refero
COPY LICENSE NOTICE /usr/share/doc/refero/
USER 65532:65532
WORKDIR /var/backups/refero
ENTRYPOINT ["/usr/local/bin/refero"]
CMD ["backup", "--keep", "35"]

# Distroless and not debian:slim: glibc, libgcc and CA certificates are all that the binary links or reads. Without a
# shell, a package manager or coreutils there is little to attack with, and little to patch. The `nonroot` tag runs as
# user 65532. To look inside, use `docker debug`, or the tag `debug-nonroot` in a build of your own.
FROM gcr.io/distroless/cc-debian12:nonroot AS server
LABEL org.opencontainers.image.title="Refero" \
      org.opencontainers.image.description="The backend of a national referral mechanism for victims of human trafficking" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=builder /out/refero /usr/local/bin/refero
COPY --chown=65532:65532 --from=builder /out/data /var/lib/refero
COPY --chown=65532:65532 --from=builder /out/backups /var/backups/refero
COPY LICENSE NOTICE /usr/share/doc/refero/

# The only folder that is written to, apart from /tmp: the root file system can be mounted read-only.
WORKDIR /var/lib/refero
VOLUME /var/lib/refero
# Inside a container the loopback address answers nobody. Which port the host publishes, and where, is compose's choice.
ENV REFERO_SERVER__BIND=0.0.0.0:8080
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["/usr/local/bin/refero", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/refero"]
CMD ["serve"]
