# The program and nothing else: it is static, and brings the certificates that it trusts. The release builds it for both kinds of
# machines from the programs in its archives, unpacked as dist/amd64 and dist/arm64.
#
#   docker run --rm -v "$PWD:/project" ghcr.io/npm-preflight/npm-preflight lint
FROM scratch
ARG TARGETARCH
COPY --chmod=755 dist/${TARGETARCH}/npm-preflight /npm-preflight
ENV HOME=/root
WORKDIR /project
ENTRYPOINT ["/npm-preflight"]
