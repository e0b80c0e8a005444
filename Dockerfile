# agentchat in the official image of PostgreSQL: docker build -t agentchat . (docs/docker.md)
ARG PG_MAJOR=17
ARG DEBIAN=trixie

FROM postgres:${PG_MAJOR}-${DEBIAN} AS build
ARG PG_MAJOR
# Node.js writes the scripts of agentchat.change_edition(). Nothing of it is in the image.
RUN apt-get update && apt-get install -y --no-install-recommends \
        g++ make nlohmann-json3-dev nodejs postgresql-server-dev-${PG_MAJOR} \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /agentchat
COPY . .
RUN make -j"$(nproc)" PG_CONFIG=/usr/lib/postgresql/${PG_MAJOR}/bin/pg_config \
    && make install DESTDIR=/files PG_CONFIG=/usr/lib/postgresql/${PG_MAJOR}/bin/pg_config \
    && strip --strip-unneeded /files/usr/lib/postgresql/${PG_MAJOR}/lib/agentchat.so

FROM postgres:${PG_MAJOR}-${DEBIAN}
COPY LICENSE /usr/share/doc/agentchat/
COPY --from=build /files/ /
