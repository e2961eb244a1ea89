# The native program, built before, and nothing else; nothing is pulled. Where cargo is not, see Dockerfile.source.
#   cargo build --profile ship --target x86_64-unknown-linux-musl --package moscow-time
#   docker build -t moscow-time:native .
FROM scratch
ARG PROGRAM=target/x86_64-unknown-linux-musl/ship/moscow-time
COPY $PROGRAM /app
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/app"]
