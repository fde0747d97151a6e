"""The workspace over HTTP: in OpenAI's protocol, and in ragkit's own words."""
