"""The layers of torch.nn by kind, and what each costs: its result's elements, its multiplications, its weights."""

from __future__ import annotations

import math
from typing import Any

from torch import Tensor, nn

from freedive.lab import sizes
from freedive.lab.budget import Meter

LAYERS = {
    "contraction": """Linear Bilinear LazyLinear Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
        LazyConv1d LazyConv2d MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d AdaptiveAvgPool1d
        AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d LPPool1d LPPool2d
        LPPool3d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d MultiheadAttention""",
    "activation": """ReLU ReLU6 LeakyReLU PReLU RReLU ELU SELU CELU GELU SiLU Mish Sigmoid LogSigmoid Hardsigmoid Tanh
        Hardtanh Hardswish Tanhshrink Softplus Softsign Softshrink Hardshrink Threshold Softmax LogSoftmax Softmin
        Softmax2d GLU""",
    "loss": """MSELoss L1Loss SmoothL1Loss HuberLoss CrossEntropyLoss NLLLoss BCELoss BCEWithLogitsLoss KLDivLoss
        PoissonNLLLoss GaussianNLLLoss HingeEmbeddingLoss MarginRankingLoss CosineEmbeddingLoss TripletMarginLoss
        MultiMarginLoss SoftMarginLoss MultiLabelSoftMarginLoss MultiLabelMarginLoss CTCLoss TripletMarginWithDistanceLoss CosineSimilarity PairwiseDistance""",
    "normalization": """BatchNorm1d BatchNorm2d BatchNorm3d LazyBatchNorm1d LazyBatchNorm2d LayerNorm GroupNorm
        InstanceNorm1d InstanceNorm2d InstanceNorm3d LazyBatchNorm3d LazyInstanceNorm1d LazyInstanceNorm2d RMSNorm LocalResponseNorm""",
    "random": "Dropout Dropout1d Dropout2d Dropout3d AlphaDropout FeatureAlphaDropout",
    "movement": """Flatten Unflatten Identity PixelShuffle PixelUnshuffle ZeroPad1d ZeroPad2d ZeroPad3d ConstantPad1d ConstantPad2d ConstantPad3d
        CircularPad1d CircularPad2d CircularPad3d ReflectionPad3d ReplicationPad3d
        ReflectionPad1d ReflectionPad2d ReplicationPad1d ReplicationPad2d Upsample UpsamplingNearest2d
        UpsamplingBilinear2d Unfold Fold ChannelShuffle""",
    "indexing": "Embedding EmbeddingBag",
    "layer": """RNN LSTM GRU RNNCell LSTMCell GRUCell Transformer TransformerEncoder TransformerDecoder
        TransformerEncoderLayer TransformerDecoderLayer""",
    "container": "Sequential ModuleList ModuleDict ParameterList ParameterDict",
}  # fmt: skip


def layer_size(meter: Meter, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Operations of a layer from its weights: every weight is used once for each place of the output."""
    module = args[0]
    x = next(iter(sizes.tensors(args[1:])), None)
    if not isinstance(x, Tensor):
        return  # torch says so itself
    weight = getattr(module, "weight", None)
    if (
        isinstance(module, nn.modules.conv._ConvNd)
        and isinstance(weight, Tensor)
        and not isinstance(weight, nn.UninitializedParameter)
    ):
        spread = 1
        for axis in range(len(module.kernel_size)):
            size = x.shape[2 + axis] if x.dim() > 2 + axis else 1
            pad = module.padding[axis] if isinstance(module.padding, tuple) else 0
            out = (
                size + 2 * int(pad) - module.dilation[axis] * (module.kernel_size[axis] - 1) - 1
            ) // module.stride[axis] + 1
            spread *= size * module.stride[axis] + 2 * int(pad) if module.transposed else max(1, out)
        batch = x.shape[0] if x.dim() == 2 + len(module.kernel_size) else 1
        meter.elements(batch * module.out_channels * spread)
        meter.spend_flops(2.0 * batch * spread * weight.numel(), type(module).__name__)
    elif isinstance(module, nn.Linear) and not isinstance(weight, nn.UninitializedParameter):
        rows = x.numel() // max(1, x.shape[-1]) if x.dim() else 1
        meter.elements(rows * module.out_features)
        meter.spend_flops(2.0 * rows * module.weight.numel(), "Linear")
    elif isinstance(module, nn.Upsample | nn.UpsamplingNearest2d):
        factor = module.scale_factor
        if module.size is not None:
            given = module.size if isinstance(module.size, tuple) else (module.size,) * max(1, x.dim() - 2)
            meter.elements(sizes.count((*x.shape[:2], *given)))
        else:
            each = factor if isinstance(factor, tuple) else (factor or 1.0,) * max(1, x.dim() - 2)
            meter.elements(int(x.numel() * math.prod(float(f) for f in each)))
    elif isinstance(
        module,
        nn.modules.padding._ConstantPadNd
        | nn.modules.padding._CircularPadNd
        | nn.modules.padding._ReflectionPadNd
        | nn.modules.padding._ReplicationPadNd,
    ):
        sizes.padding(meter, fn, (x, list(module.padding)), {})
    elif isinstance(module, nn.Fold | nn.modules.pooling._AdaptiveAvgPoolNd | nn.modules.pooling._AdaptiveMaxPoolNd):  # fmt: skip
        _of_given_size(meter, module, x)
    elif not isinstance(module, nn.Embedding):
        if isinstance(module, nn.MultiheadAttention):
            heads, found = module.num_heads, list(sizes.tensors(args[1:3]))
            meter.elements(heads * math.prod(each.numel() // max(1, each.shape[-1]) for each in found))
        elif isinstance(module, nn.Transformer | nn.TransformerEncoderLayer | nn.TransformerDecoderLayer | nn.TransformerEncoder | nn.TransformerDecoder):  # fmt: skip
            _sequences(meter, list(sizes.tensors(args[1:])))
        used = sum(p.numel() for p in module.parameters() if not isinstance(p, nn.UninitializedParameter))
        places = x.numel() // max(1, x.shape[-1]) if x.dim() else 1
        meter.spend_flops(2.0 * used * places, type(module).__name__)
    else:
        meter.elements(x.numel() * module.embedding_dim)


def _of_given_size(meter: Meter, module: Any, x: Tensor) -> None:
    """Layers that are told how large their pictures are to be; a number alone stands for every axis."""
    axes = 2 if isinstance(module, nn.Fold) else int(type(module).__name__[-2])
    size = module.output_size if isinstance(module.output_size, tuple) else (module.output_size,) * axes
    kept = x.shape[: -1 if isinstance(module, nn.Fold) else -axes]
    meter.elements(sizes.count(kept) * sizes.count(each or 1 for each in size))


def _sequences(meter: Meter, found: list[Any]) -> None:
    """Every place of a sequence meets every other one; which axis is the batch's does not matter, the longest counts."""
    longest = max(max(each.shape[:-1], default=1) for each in found)
    places = max(each.numel() // max(1, each.shape[-1]) for each in found)
    meter.elements(longest * places)


def weights(args: list[Any], kwargs: dict[str, Any]) -> int:
    """An upper bound of the weights: the product of the first two sizes and the window."""
    numbers = [a for a in (*args, *kwargs.values()) if isinstance(a, int) and not isinstance(a, bool)]
    return math.prod(sorted((abs(n) for n in numbers if n), reverse=True)[:2]) if numbers else 0
