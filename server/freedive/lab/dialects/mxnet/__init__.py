"""MXNet: nd, autograd, init and gluon on torch (claimed: written apart from the other dialects)."""
