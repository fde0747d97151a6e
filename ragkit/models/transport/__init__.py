"""How requests reach a model server: bounded, queued, and every fault typed."""
