# One image for every part of Regulens; the command decides which part a container is (see docker-compose.yml).
#
# PIP_EXTRA_INDEX_URL chooses the build of PyTorch: not set, pip takes the one with CUDA, for GPUs (several gigabytes);
# set to the address of PyTorch's CPU wheels, it takes the small one, for machines without a GPU.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS build
ARG PIP_EXTRA_INDEX_URL
ARG PIP_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/regulens
RUN python -m venv venv
# The libraries before the sources: they are installed again only when these two files change.
COPY pyproject.toml requirements.lock ./
RUN mkdir backend frontend models && touch README.md \
    && venv/bin/pip install --constraint requirements.lock --editable '.[s3]'
COPY backend backend
COPY frontend frontend
COPY models models
# What a container would compile at its start, every time, since it cannot keep it: byte code and numba's machine code.
# "generic", here and below: machine code for the processor of the building machine would be of no use elsewhere.
# chmod: sources keep the permissions of the clone, where a strict umask lets nobody else read them.
RUN venv/bin/python -m compileall -q --invalidation-mode unchecked-hash backend frontend models \
    && NUMBA_CPU_NAME=generic NUMBA_CACHE_DIR=/opt/regulens/numba venv/bin/python -m backend.warm_up \
    && chmod -R a+rX backend frontend models numba

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE}
# pg_dump of the same version as the server in docker-compose.yml, for backups.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-log-init --no-create-home --home-dir /tmp regulens \
    && install --directory --owner 10001 --group 10001 /data /scratch /run/secrets
COPY --from=build /opt/regulens /opt/regulens
WORKDIR /opt/regulens
# Nothing is written but to /tmp (in memory), /data (shared) and /scratch (large files of running jobs, each container's
# own). One thread per process: workers share the processors.
ENV PATH=/opt/regulens/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOME=/tmp TMPDIR=/scratch XDG_CACHE_HOME=/tmp/cache MPLCONFIGDIR=/tmp/matplotlib TORCH_HOME=/tmp/torch \
    NUMBA_CACHE_DIR=/tmp/numba NUMBA_CPU_NAME=generic NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1 MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=67108864 MALLOC_MMAP_THRESHOLD_=33554432 \
    REGULENS_DATA_DIR=/data REGULENS_LOG_FORMAT=json
USER 10001:10001
# Numba passes over a cache that it cannot write to, even one that holds all it needs: each container gets a copy.
# What killed jobs of this container have left in /scratch goes.
ENTRYPOINT ["sh", "-c", "rm -rf /scratch/*; cp -RT numba \"$NUMBA_CACHE_DIR\" 2>/dev/null; exec \"$@\"", "regulens"]
CMD ["python", "-m", "uvicorn", "backend.main:create_app", "--factory", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "--no-server-header", "--ws", "none", "--timeout-graceful-shutdown", "25", "--timeout-keep-alive", "75"]
