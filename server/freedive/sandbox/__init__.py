"""Where visitors' code runs: one sealed child per request, forked from a warm process that holds no secret.

Reading order: service → pool → zygote → child → seal (landlock, bpf). Only the last four run outside the server.
"""
