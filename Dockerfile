# One image for everything: the command chooses the service or the job.
#   docker run --rm training:local demo
FROM python:3.12-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/training
WORKDIR /source
# The lock changes more rarely than the code, so its layer is kept between builds.
COPY requirements.lock ./
RUN /opt/training/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml ./
COPY shared shared
COPY services services
RUN /opt/training/bin/pip install --no-deps --no-build-isolation .


FROM python:3.12-slim

# A new volume takes its owner from the folder it is mounted on, so the keys' folder must exist before it.
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/training --shell /usr/sbin/nologin training \
    && install -d -o training -g training -m 0750 /var/lib/training /var/lib/training/keys
COPY --from=build /opt/training /opt/training
COPY ops/container/health.py /opt/training/health.py

# eventlet's own resolver cannot be relied on for the names of other containers; the system's can.
ENV PATH=/opt/training/bin:$PATH \
    EVENTLET_NO_GREENDNS=yes \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1

USER training
WORKDIR /var/lib/training
EXPOSE 8000 8001 8002 8003
HEALTHCHECK --interval=15s --timeout=15s --start-period=30s --retries=4 CMD ["python", "/opt/training/health.py"]
ENTRYPOINT ["training"]
CMD ["--help"]
