# attachbot in a container: nothing but Python, the locked libraries and the wheel. It writes to /data only.

FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements-dev.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements-dev.lock
COPY pyproject.toml README.md LICENSE manifest.yml ./
COPY bot bot
COPY handlers handlers
COPY storage storage
RUN python -m hatchling build -t wheel -d /dist

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ATTACHBOT_DATABASE_URL=sqlite:////data/attachbot.db
COPY requirements.lock /tmp/
COPY --from=build /dist /tmp/dist
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.lock \
    && pip install --no-cache-dir --no-deps --no-index /tmp/dist/*.whl \
    && rm -r /tmp/dist /tmp/requirements.lock \
    && install -d -o 10001 -g 10001 -m 0700 /data
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9090/readyz', timeout=4)"]
ENTRYPOINT ["attachbot"]
CMD ["run"]
