# Segue in one image: the same steps as `make setup` and `make install`, so each build proves both.
#   docker build -t segue .
#   docker run --init -p 8080:8080 -p 2222:2222 -v segue:/data segue

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
# What changes seldom comes first: the locked dependencies, then the player, then the code.
COPY scripts scripts
COPY requirements.lock ./
RUN scripts/setup.sh python
COPY player player
RUN scripts/setup.sh player
COPY . .
RUN scripts/setup.sh && scripts/install.sh /opt/segue && mkdir /opt/data

FROM python:3.11-slim-bookworm
COPY --from=build /opt/segue /opt/segue
# A named volume takes over the owner of the folder it covers.
COPY --from=build --chown=10001:10001 /opt/data /data
ENV PATH=/opt/segue/bin:$PATH \
    HOME=/data \
    SEGUE_DATA=/data \
    SEGUE_WEB_HOST=0.0.0.0 \
    SEGUE_SFTP_HOST=0.0.0.0
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080 2222
HEALTHCHECK --interval=15s --timeout=4s --start-period=30s --retries=3 \
  CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8080/healthz', timeout=3)"]
ENTRYPOINT ["segue"]
CMD ["serve"]
