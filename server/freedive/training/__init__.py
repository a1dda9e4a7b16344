"""Training: one job as a generator of facts. Drained by the worker process, the command line and the tests."""
