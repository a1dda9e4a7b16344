"""Operands for the examples of the function tables, so that each example can run in the lab and in plain torch."""

from __future__ import annotations

COMMON = """
import torch
import numpy as np
import torch.nn.functional as F
x = torch.tensor([[1.5, -2.0, 3.0, 0.5], [4.0, 0.25, -1.0, 2.0], [0.5, 1.0, 2.5, -3.5], [1.0, 2.0, 0.1, 0.7]])
a = torch.tensor([[0.9, 0.2], [0.3, 0.5]])
b = torch.tensor([[0.5, -1.0], [2.0, 4.0]])
y = x.flip(0)
z = torch.complex(a, b)
p = torch.tensor([[0.25, 0.5], [0.75, 0.9]])
w = torch.tensor([0.2, 0.3, 0.5])
v = torch.tensor([0.5])
c = a > 0.4
m = x > 0.5
i = torch.tensor([0, 2])
rate = torch.tensor([1.0, 4.0])
"""

VECTORS = "x, y = torch.tensor([1., 2., 3.]), torch.tensor([4., 5., 6.])\n"
IMAGES = (
    "x = torch.arange(32.).reshape(1, 2, 4, 4)\nw = torch.ones(3, 2, 3, 3)\nq = k = v = torch.rand(1, 3, 4)\n"
)
BATCHES = "a = b = torch.arange(12.).reshape(2, 2, 3)\nb = b.mT\nc = torch.ones(2, 2, 2)\n"
WHOLE = "a, b = torch.tensor([6, 4]), torch.tensor([4, 2])\n"

SPECIAL = {
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "gcd", "lcm"), WHOLE),
    **dict.fromkeys(("dot", "vdot", "outer", "ger", "vander", "mv"), VECTORS + "a = torch.ones(2, 3)\nx = x\n"),
    "mv": "x = torch.tensor([1., 2.])\n",
    "addcmul": "x = a\n", "addcdiv": "x = a\n", "polar": "r, t = a, b\n", "acosh": "a = a + 2\n",
    "bmm": BATCHES, "baddbmm": BATCHES, "addbmm": BATCHES + "c = torch.ones(2, 2)\n",
    "addmm": "w, b = x, torch.ones(4)\n", "addmv": "b, a, x = torch.ones(2), a, torch.ones(2)\n",
    "chain_matmul": "c = a\n", "cross": "a, b = torch.eye(3), torch.ones(3, 3)\n",
    "cartesian_prod": "a, b = torch.arange(2), torch.arange(3)\n", "meshgrid": "x, y = torch.arange(2), torch.arange(3)\n",
    "cholesky": "a = torch.tensor([[2., 1.], [1., 2.]])\n", "cholesky_inverse": "l = torch.tensor([[2., 0.], [1., 2.]])\n",
    "triangular_solve": "a = torch.triu(a)\n", "logdet": "a = torch.tensor([[2., 1.], [1., 2.]])\n",
    "unflatten": "x = torch.arange(12.).reshape(2, 6)\n", "reshape": "x = torch.arange(12.)\n", "view": "x = torch.arange(12.)\n",
    "expand": "x = torch.ones(4, 1)\n", "broadcast_to": "x = torch.arange(3.)\n", "permute": "x = torch.rand(1, 2, 3, 4)\n",
    "flatten": "x = torch.rand(2, 2, 3)\n", "squeeze": "x = torch.rand(1, 3)\n", "expand_as": "x = torch.ones(4, 1)\n",
    "dsplit": "x = torch.rand(2, 2, 4)\n", "bincount": "x = torch.tensor([0, 1, 1])\n", "diag_embed": "x = torch.tensor([1., 2.])\n",
    "as_strided": "", "network-unfold": IMAGES, "fold": "x = torch.rand(1, 12, 9)\n", "movedim": "", "sum_to_size": "x = torch.ones(2, 3)\n",
    "gather": "i = torch.zeros(4, 2, dtype=torch.long)\n", "take_along_dim": "i = torch.zeros(4, 2, dtype=torch.long)\n",
    "scatter": "i = torch.zeros(4, 2, dtype=torch.long)\ns = torch.ones(4, 2)\n",
    "scatter_add": "i = torch.zeros(4, 2, dtype=torch.long)\ns = torch.ones(4, 2)\n",
    "index_add": "s = torch.ones(2, 4)\n", "index_copy": "s = torch.ones(2, 4)\n", "masked_scatter": "s = torch.arange(16.)\n",
    "index_put": "v = torch.ones(2, 4)\n", "searchsorted": "s = torch.tensor([1., 2., 3.])\n",
    "bucketize": "b = torch.tensor([0.1, 0.6])\n", "isin": "", "embedding": "w = torch.rand(4, 2)\n",
    "trapezoid": VECTORS, "trapz": VECTORS, "logsigmoid": "", "prelu": "w = torch.tensor([0.25])\n",
    "aminmax": "", "fold_": "", "heaviside": "",
    "nll_loss": "logp, y = x.log_softmax(1), torch.tensor([0, 1, 2, 3])\n", "cross_entropy": "logits, y = x, torch.tensor([0, 1, 2, 3])\n",
    "binary_cross_entropy": "y = torch.ones(2, 2)\n", "binary_cross_entropy_with_logits": "z, y = a, torch.ones(2, 2)\n",
    "kl_div": "logq, p = x.log_softmax(1), x.softmax(1)\n", "poisson_nll_loss": "y = x.abs()\n", "gaussian_nll_loss": "m, y, v = a, b, a + 1\n",
    "hinge_embedding_loss": "y = x.sign()\n", "margin_ranking_loss": "y = a.sign()\n", "cosine_embedding_loss": "y = torch.ones(2)\n",
    "triplet_margin_loss": "n, p = a + 1, a\n", "multi_margin_loss": "y = torch.tensor([0, 1, 2, 3])\n", "soft_margin_loss": "y = x.sign()\n",
    "multilabel_soft_margin_loss": "y = (x > 0).float()\n", "mse_loss": "pred = x\n", "l1_loss": "pred = x\n", "smooth_l1_loss": "pred = x\n",
    "huber_loss": "pred = x\n", "ctc_loss": "logp = torch.rand(5, 1, 4).log_softmax(2)\ny = torch.tensor([[1, 2]])\nn, m = torch.tensor([5]), torch.tensor([2])\n",
    "linear": "w, b = torch.rand(3, 4), torch.rand(3)\n", "bilinear": "y, w = x, torch.rand(2, 4, 4)\n",
    "conv1d": "x, w = torch.rand(1, 2, 6), torch.rand(3, 2, 3)\n", "conv3d": "x, w = torch.rand(1, 1, 3, 3, 3), torch.rand(1, 1, 2, 2, 2)\n",
    "conv_transpose1d": "x, w = torch.rand(1, 2, 6), torch.rand(2, 3, 3)\n", "conv_transpose2d": "x, w = torch.rand(1, 2, 4, 4), torch.rand(2, 3, 3, 3)\n",
    **dict.fromkeys(("max_pool1d", "avg_pool1d", "adaptive_avg_pool1d", "adaptive_max_pool1d"), "x = torch.rand(1, 2, 6)\n"),
    **dict.fromkeys(("max_pool3d", "avg_pool3d"), "x = torch.rand(1, 1, 4, 4, 4)\n"),
    **dict.fromkeys(("conv2d", "max_pool2d", "avg_pool2d", "adaptive_avg_pool2d", "adaptive_max_pool2d", "lp_pool2d", "interpolate",
                     "upsample", "pixel_unshuffle", "dropout2d", "instance_norm", "local_response_norm", "scaled_dot_product_attention"), IMAGES),
    "dropout1d": "x = torch.rand(1, 2, 6)\n", "pixel_shuffle": "x = torch.rand(1, 4, 2, 2)\n", "group_norm": IMAGES,
    "batch_norm": "m, v = torch.zeros(4), torch.ones(4)\n", "affine_grid": "t, size = torch.eye(2, 3).unsqueeze(0), (1, 1, 2, 2)\n",
    "grid_sample": "x, g = torch.rand(1, 1, 4, 4), torch.zeros(1, 2, 2, 2)\n", "one_hot": "",
}  # fmt: skip
"""What an example needs beside the common names; the name of the row is the key."""
