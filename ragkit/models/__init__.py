"""Embedding and chat models: local runtimes, Ollama, and anything of LangChain."""
