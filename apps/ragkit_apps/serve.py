"""Streamlit without the one call that it makes to the outside: `python -m ragkit_apps.serve run PAGE [OPTIONS]`."""

import streamlit.net_util
from streamlit.web import cli

# A request with a foreign Origin makes Streamlit ask a host on the internet for this machine's address, to compare
# the two. An address that is known already is not asked for, and loopback is allowed anyway.
streamlit.net_util._external_ip = "127.0.0.1"

if __name__ == "__main__":
    cli.main(prog_name="streamlit")
