# 阳城县应急指挥系统. One image for web, worker, beat, sweep and migrate; docker-compose.yml says which is which.
ARG PYTHON=3.11-slim-bookworm

# The virtualenv is built where compilers and pip caches may stay behind.
FROM python:${PYTHON} AS build
WORKDIR /app
COPY requirements.txt ./
COPY scripts/constraints.txt scripts/lib.sh scripts/schemas.sh scripts/schemas.txt scripts/
RUN python -m venv /app/.venv && /app/.venv/bin/pip install --no-cache-dir -r requirements.txt \
    && VAR_DIR=/app/var bash scripts/schemas.sh

FROM python:${PYTHON}
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    VAR_DIR=/app/var PATH=/app/.venv/bin:$PATH TZ=Asia/Shanghai XDG_CACHE_HOME=/tmp \
    DJANGO_SETTINGS_MODULE=yangcheng_ec.settings.production
WORKDIR /app

# The same list as make run (scripts/packages.sh), Redis and the virtualenv apart.
COPY scripts/lib.sh scripts/packages.sh scripts/assets.sh scripts/
RUN apt-get update -q \
    && . scripts/packages.sh \
    && apt-get install -y -q --no-install-recommends $PACKAGES_RUN \
    && bash scripts/assets.sh \
    && fc-cache --system-only --force \
    && rm -rf /var/lib/apt/lists/*

COPY --from=build /app/.venv /app/.venv
COPY --from=build /app/var/vendor/cap /app/var/vendor/cap
COPY . .
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin yec \
    && mkdir -p var/media var/run \
    && SECRET_KEY=only-to-collect-static-files-0123456789abcdef ALLOWED_HOSTS=localhost \
       python manage.py collectstatic --noinput -v 0 \
    && chown -R yec var
USER yec
EXPOSE 8000

# Another process of the image than web overrides this in docker-compose.yml.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "scripts/healthy.py", "web"]
CMD ["gunicorn", "yangcheng_ec.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "3", "--threads", "4", "--timeout", "60", "--graceful-timeout", "20", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]
