# One image for every process of the platform; docker-compose.yml says which runs what.

FROM node:22-slim AS web
WORKDIR /web
COPY storefront/web/ .
RUN npm ci --no-audit --no-fund && npm run build

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
COPY --from=web /web/dist storefront/web/dist
# No server is asked while static files are collected: the names only have to be there.
RUN SECRET_KEY=build DATABASE_URL=postgresql://build/build REDIS_URL=redis://build \
    python manage.py collectstatic --no-input \
    && python -m compileall -q -x node_modules . \
    && useradd --system --uid 10001 --home-dir /app omni \
    && mkdir -p var/mail var/media var/sandbox \
    && chown omni var var/mail var/media var/sandbox
USER omni
EXPOSE 8000
CMD ["gunicorn", "omni.wsgi:application", "--bind=0.0.0.0:8000", "--workers=2", "--worker-class=gthread", "--threads=4", "--preload", "--no-control-socket"]
