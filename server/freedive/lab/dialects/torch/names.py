"""Functions and methods of torch that stand in no row of the tables: `kind rule: names`."""

from __future__ import annotations

from collections.abc import Iterator

BOTH = """
elementwise : arccosh arcsinh arctanh arctan2 bitwise_left_shift bitwise_right_shift logaddexp logaddexp2 igamma igammac
elementwise : conj_physical resolve_conj resolve_neg isposinf isneginf fill
elementwise none: mvlgamma polygamma frexp
movement none: narrow_copy select_scatter slice_scatter diagonal_scatter split_with_sizes
movement diagonal: diagflat
indexing none: put index_reduce
contraction solve: cholesky_solve lu_solve
query none: is_conj is_same_size is_inference
"""
"""Functions that are methods as well."""

FUNCTIONS = """
creation count: bartlett_window blackman_window hamming_window kaiser_window
movement none: channel_shuffle unravel_index
random : binomial
contraction conv: conv_transpose3d
"""

METHODS = """
elementwise none: cfloat cdouble
inplace : logical_not_ arccosh_ arcsinh_ arctanh_ arctan2_ bitwise_left_shift_ bitwise_right_shift_ conj_physical_
inplace none: put_ index_reduce_
query none: is_nonzero
reduction none: histc
"""

FUNCTIONAL = """
activation : celu_ hardtanh_ threshold_ rrelu_
contraction meta: adaptive_avg_pool3d adaptive_max_pool3d lp_pool1d lp_pool3d
contraction conv: conv_transpose3d
random : dropout3d feature_alpha_dropout
movement none: channel_shuffle
movement meta: upsample_nearest upsample_bilinear
loss none: multilabel_margin_loss
"""


def rows(table: str) -> Iterator[tuple[str, str, str]]:
    """Each name with its kind and its rule."""
    for line in table.strip().splitlines():
        head, _, names = line.partition(":")
        kind, _, rule = head.partition(" ")
        for name in names.split():
            yield name, kind, rule.strip()
