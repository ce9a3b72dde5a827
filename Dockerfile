# One image for web server, worker and scheduler. It holds the runtime lock only: no compiler, no Node.js, no test tools.

FROM node:22-bookworm-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-progress

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r requirements.txt
COPY . .
COPY --from=frontend /app/node_modules node_modules
# Values that nothing uses while files are collected; the real ones come with the container.
RUN python bin/frontend.py \
    && rm -r node_modules \
    && for po in locale/*/LC_MESSAGES/*.po; do \
         [ ! -e "$po" ] || /opt/venv/bin/pybabel compile -i "$po" -o "${po%.po}.mo" || exit 1; \
       done \
    && SECRET_KEY=only-while-the-image-is-built-and-thrown-away-afterwards \
       DATABASE_URL=postgresql://none@localhost/none REDIS_URL=redis://localhost/0 KAM_BASE_URL=http://localhost \
       KAM_STATIC_ROOT=/app/staticfiles /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="KAM Portal" org.opencontainers.image.licenses="Apache-2.0"
# What documents as PDF are set with; no part of Python.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin kam
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    KAM_ENV=production KAM_DATA_DIR=/data KAM_STATIC_ROOT=/app/staticfiles
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s CMD ["python", "bin/healthcheck.py", "healthz"]
CMD ["gunicorn", "kam_portal.wsgi", "--config", "python:kam_portal.gunicorn", "--bind", "0.0.0.0:8000", "--workers", "3"]
