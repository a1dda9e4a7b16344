"""Color maps by matplotlib's names: what `cmap="viridis"` means, and `plt.cm.viridis(0.3)` as a color.

A continuous map is a list of colors at even distances, between which colors are mixed; a listed one has steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from freedive.lab.dialects.standard.drawing.numbers import plain_number, sheet
from freedive.lab.kinds import Kind, Native, register
from freedive.lab.namespaces import Namespace

_CONTINUOUS = """
viridis: 440154 470d60 48186a 482374 472d7b 453781 424086 3e4989 3b528b 375b8d 33638d 2f6b8e 2c728e 297a8e 26828e
    23898e 21918c 1f988b 1fa088 22a785 28ae80 32b67a 3fbc73 4ec36b 5ec962 70cf57 84d44b 98d83e addc30 c2df23 d8e219
    ece51b fde725
plasma: 0d0887 220690 310597 3f049c 4c02a1 5901a5 6600a7 7201a8 7e03a8 8a09a5 9511a1 a01a9c aa2395 b32c8e bc3587
    c43e7f cc4778 d35171 da5a6a e06363 e66c5c eb7655 f0804e f58b47 f89540 fba139 fdac33 feb82c fdc527 fcd225 f8df25
    f4ed27 f0f921
inferno: 000004 040312 0b0724 150b37 210c4a 2f0a5b 3d0965 4a0c6b 57106e 64156e 71196e 7d1e6d 8a226a 972766 a32c61
    b0315b bc3754 c73e4c d24644 db503b e45a31 eb6628 f1731d f68013 f98e09 fb9d07 fcac11 fbbc21 f9cb35 f5db4c f2ea69
    f3f68a fcffa4
magma: 000004 140e36 3b0f70 641a80 8c2981 b73779 de4968 f7705c fe9f6d fecf92 fcfdbf
cividis: 00224e 00285b 002e6a 053371 1a386f 273e6e 32436d 3b496c 434e6c 4b546c 535a6d 5a5f6e 61656f 686a71 6f7073
    767676 7d7c78 848279 8c8878 938e78 9b9476 a39a74 aba072 b4a76f bcae6c c4b468 cdbb63 d5c25e dec958 e7d150 f0d846
    f9e03a fee838
Greys: ffffff f0f0f0 d9d9d9 bdbdbd 959595 727272 515151 242424 000000
Purples: fcfbfd efedf5 dadaeb bcbddc 9e9ac8 807cba 6950a3 53268f 3f007d
Blues: f7fbff deebf7 c6dbef 9dcae1 6aaed6 4191c6 2070b4 08509b 08306b
Greens: f7fcf5 e5f5e0 c7e9c0 a0d99b 73c476 40aa5d 228a44 006c2c 00441b
Oranges: fff5eb fee6ce fdd0a2 fdae6a fd8c3b f16813 d84801 a53603 7f2704
Reds: fff5f0 fee0d2 fcbba1 fc9272 fb694a ee3a2c ca181d a30f15 67000d
YlOrBr: ffffe5 fff7bc fee390 fec34f fe9829 eb6f14 cb4b02 983404 662506
YlOrRd: ffffcc ffeda0 fed976 feb24c fd8c3c fc4d2a e2191c bb0026 800026
OrRd: fff7ec fee8c8 fdd49e fdba83 fc8c59 ef6447 d62f1e b20000 7f0000
PuRd: f7f4f9 e7e1ef d4b9da c993c7 df64af e72989 cd1256 970042 67001f
RdPu: fff7f3 fde0dd fcc5c0 fa9eb5 f767a1 dc3397 ad017e 790177 49006a
BuPu: f7fcfd e0ecf4 bfd3e6 9ebcda 8c95c6 8c6ab1 88409c 800f7b 4d004b
GnBu: f7fcf0 e0f3db ccebc5 a7ddb5 7accc4 4db2d3 2a8bbe 0867ab 084081
PuBu: fff7fb ece7f2 d0d1e6 a5bddb 73a9cf 358fc0 056faf 04598c 023858
YlGnBu: ffffd9 edf8b1 c6e9b4 7ecdbb 40b5c4 1d90c0 225da8 243392 081d58
PuBuGn: fff7fb ece2f0 d0d1e6 a5bddb 66a9cf 3590bf 028189 016b58 014636
BuGn: f7fcfd e5f5f9 ccece6 98d8c9 65c2a3 40ad75 228a44 006c2c 00441b
YlGn: ffffe5 f7fcb9 d9f0a3 acdd8e 77c679 40aa5c 228343 006737 004529
binary: ffffff bfbfbf 7f7f7f 3f3f3f 000000
gray: 000000 404040 808080 c0c0c0 ffffff
bone: 000000 1c1c27 38384e 545574 707b90 8ca2ac a9c8c8 d5e4e4 ffffff
pink: 1e0000 402525 553434 664040 744a4a 815252 8d5a5a 976262 a16868 ab6f6f b47575 bc7a7a c38280 c68e85 ca988a cda28f
    d0ac94 d4b598 d7bd9c dac5a1 ddcda5 e0d5a9 e3dcad e6e3b1 e9e9b6 ececc1 efefcb f2f2d5 f4f4de f7f7e7 fafaf0 fdfdf8
    ffffff
spring: ff00ff ff40bf ff807f ffc03f ffff00
summer: 008066 40a066 80c066 c0e066 ffff66
autumn: ff0000 ff4000 ff8000 ffc000 ffff00
winter: 0000ff 0040df 0080bf 00c09f 00ff80
cool: 00ffff 40bfff 807fff c03fff ff00ff
hot: 0b0000 200000 350000 4a0000 5f0000 740000 890000 9e0000 b30000 c80000 dd0000 f20000 ff0800 ff1d00 ff3200 ff4700
    ff5c00 ff7100 ff8600 ff9b00 ffb000 ffc500 ffda00 ffef00 ffff07 ffff26 ffff46 ffff65 ffff85 ffffa4 ffffc4 ffffe3
    ffffff
copper: 000000 1f140c 3f2819 5e3b26 7e5033 9e6440 bd784c dd8c59 fc9f65 ffb472 ffc77f
PiYG: 8e0152 c41a7c de77ae f1b5d9 fde0ef f7f7f6 e6f5d0 b7e085 7fbc41 4c9121 276419
PRGn: 40004b 752982 9970ab c1a4ce e7d4e8 f6f7f6 d9f0d3 a5da9f 5aae61 1a7736 00441b
BrBG: 543005 8b500a bf812d dec17b f6e8c3 f4f5f5 c7eae5 7fccc0 35978f 01655d 003c30
PuOr: 7f3b08 b25706 e08214 fcb761 fee0b6 f6f6f7 d8daeb b1aad1 8073ac 532687 2d004b
RdGy: 67001f b1182b d6604d f3a481 fddbc7 fefefe e0e0e0 b9b9b9 878787 4c4c4c 1a1a1a
RdBu: 67001f b1182b d6604d f3a481 fddbc7 f6f7f7 d1e5f0 90c4dd 4393c3 2065ab 053061
RdYlBu: a50026 d62f27 f46d43 fdad60 fee090 feffc0 e0f3f8 aad8e9 74add1 4574b3 313695
RdYlGn: a50026 d62f27 f46d43 fdad60 fee08b feffbe d9ef8b a5d86a 66bd63 199750 006837
Spectral: 9e0142 d43d4f f46d43 fdad60 fee08b ffffbe e6f598 aadca4 66c2a5 3387bc 5e4fa2
coolwarm: 3b4cc0 445acc 4e68d8 5875e1 6282ea 6c8ff1 779af7 82a6fb 8db0fe 98b9ff a3c2fe aec9fc b9d0f9 c3d5f4 ccd9ed
    d5dbe5 dddcdc e5d8d1 ecd3c5 f1ccb8 f5c4ac f7ba9f f7b093 f6a586 f4987a f08b6e eb7d62 e46e56 dd5f4b d44e41 ca3b37
    be242e b40426
bwr: 0000ff 8080ff fffefe ff7e7e ff0000
seismic: 00004c 0101ff fffdfd fe0000 800000
twilight: e2d9e2 d7d7dd c4ced4 acc2cc 95b5c7 81a6c3 7297c1 6887be 6276ba 5f64b5 5e51ad 5d3da1 592a8f 511b77 45135c
    381145 2f1436 3a113a 4a1342 5f174a 741e4f 872750 983550 a64550 b25652 bb6958 c27c63 c89073 cca389 d1b6a3 d8c7be
    dfd4d6 e2d9e2
hsv: ff0000 ff2f00 ff5f00 ff8e00 ffbd00 ffec00 e2ff00 b3ff00 84ff00 55ff00 25ff00 02ff0c 00ff39 00ff68 00ff97 00ffc7
    00fff6 00d9ff 00aaff 007aff 004bff 001cff 1300ff 4300ff 7200ff a100ff d000ff fa00f9 ff00cf ff00a0 ff0071 ff0041
    ff0018
ocean: 008000 007408 006810 005c18 005020 004428 003830 002c38 002040 001448 000850 000458 001060 001d68 002870 003478
    004080 004d88 005890 006498 0070a0 007da8 1288b0 2a94b8 42a0c0 5aacc8 72b9d0 8ac4d8 a2d0e0 badce8 d2e8f0 eaf4f8
    ffffff
terrain: 333399 2848ae 1e5ec4 1373d9 0888ee 009cf4 00acc4 00bc94 01cc66 21d36d 41d973 61df79 81e680 a1ec86 c1f38d
    e1f993 fefe98 eee990 ded587 cec07f beac76 ae976d 9e8365 8e6e5c 815e56 91726c a18781 b19b96 c1b0ac d1c4c1 e1d9d7
    f1edec ffffff
gnuplot: 000000 2d0032 400062 4e008e 5a01b5 6501d5 6f02ec 7703fa 8004ff 8706fa 8f08eb 960ad3 9c0eb3 a3118c a9165f
    af1b2f b52000 ba2700 c02e00 c53600 ca3f00 cf4900 d45400 d96000 dd6d00 e27b00 e68a00 eb9b00 efad00 f3c000 f7d500
    fbeb00 ffff00
jet: 000080 0000a4 0000c8 0000ed 0000ff 0020ff 0040ff 0060ff 0080ff 00a0ff 00c0ff 00e0fb 16ffe1 30ffc7 49ffad 63ff94
    7dff7a 97ff60 b1ff46 caff2c e4ff13 feed00 ffd000 ffb200 ff9400 ff7700 ff5900 ff3b00 ff1e00 e80000 c40000 9f0000
    800000
rainbow: 8000ff 6032fe 4062fa 208ef4 00b5eb 20d5e1 40ecd4 60fac5 80ffb4 a0faa1 c0eb8d e0d377 ffb360 ff8c49 ff5f30
    ff2f18 ff0000
turbo: 30123b 392a73 4040a2 4456c7 466be3 4680f6 4294ff 37a8fa 28bceb 1ccdd8 18ddc2 1fe9af 32f298 4ef97d 6dfe62 8bff4b
    a4fc3c b9f635 cdec34 dfdf37 eecf3a f8be39 fdac34 fe962b fb7e21 f46617 eb500e df3f08 d02f05 be2102 a91601 920b01
    7a0403
cubehelix: 000000 150b1d 1b1e3b 17374d 16534c 236a3e 447731 727b32 a1794a c57a76 d484a9 d198d4 c6b4ee c1d1f3 cbe8f0
    e3f6f0 ffffff
"""
_LISTED = """
Pastel1: fbb4ae b3cde3 ccebc5 decbe4 fed9a6 ffffcc e5d8bd fddaec f2f2f2
Paired: a6cee3 1f78b4 b2df8a 33a02c fb9a99 e31a1c fdbf6f ff7f00 cab2d6 6a3d9a ffff99 b15928
Accent: 7fc97f beaed4 fdc086 ffff99 386cb0 f0027f bf5b17 666666
Dark2: 1b9e77 d95f02 7570b3 e7298a 66a61e e6ab02 a6761d 666666
Set1: e41a1c 377eb8 4daf4a 984ea3 ff7f00 ffff33 a65628 f781bf 999999
Set2: 66c2a5 fc8d62 8da0cb e78ac3 a6d854 ffd92f e5c494 b3b3b3
Set3: 8dd3c7 ffffb3 bebada fb8072 80b1d3 fdb462 b3de69 fccde5 d9d9d9 bc80bd ccebc5 ffed6f
tab10: 1f77b4 ff7f0e 2ca02c d62728 9467bd 8c564b e377c2 7f7f7f bcbd22 17becf
tab20: 1f77b4 aec7e8 ff7f0e ffbb78 2ca02c 98df8a d62728 ff9896 9467bd c5b0d5 8c564b c49c94 e377c2 f7b6d2 7f7f7f c7c7c7
    bcbd22 dbdb8d 17becf 9edae5
"""
_ALIASES = {
    "grey": "gray",
    "gist_gray": "gray",
    "gist_yarg": "binary",
    "Grays": "Greys",
    "afmhot": "hot",
    "brg": "rainbow",
}
DEFAULT = "viridis"


def _read(table: str) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for line in table.replace("\n    ", " ").strip().split("\n"):
        name, colors = line.split(": ")
        made[name] = [f"#{color}" for color in colors.split()]
    return made


CONTINUOUS = _read(_CONTINUOUS)
LISTED = _read(_LISTED)
NAMES = frozenset({*CONTINUOUS, *LISTED, *_ALIASES})


class Colormap:
    """One map; `backwards` for the names that end in `_r`, `count` colors where a number of them was asked for."""

    def __init__(self, name: str, count: int | None = None, own: list[str] | None = None) -> None:
        self.name = name
        self.stepped = count is not None or own is not None
        if own is not None:
            self.colors = own
            return
        base = name.removesuffix("_r")
        base = _ALIASES.get(base, base)
        if base not in CONTINUOUS and base not in LISTED:
            close = ", ".join(sorted(CONTINUOUS)[:6])
            raise ValueError(f"'{name}' is not a known colormap name; the lab draws {close} and others")
        self.stepped |= base in LISTED
        self.colors = list(CONTINUOUS.get(base) or LISTED[base])
        if name.endswith("_r"):
            self.colors.reverse()
        if count is not None:
            self.colors = [hexed(each) for each in self.rgb(np.linspace(0, 1, max(1, min(256, count))))]

    def rgb(self, at: Any) -> Any:
        """Colors at places from 0 to 1, each channel from 0 to 1; places beyond take the ends."""
        table = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in self.colors])
        at = np.clip(np.nan_to_num(np.asarray(at, dtype=float)), 0, 1)
        if len(table) == 1 or self.name in LISTED or self.name.removesuffix("_r") in LISTED:
            return table[np.minimum((at * len(table)).astype(int), len(table) - 1)]
        places = np.linspace(0, 1, len(table))
        return np.stack([np.interp(at, places, table[:, channel]) for channel in range(3)], -1)


def hexed(rgb: Any) -> str:
    return "#" + "".join(f"{round(float(np.clip(each, 0, 1)) * 255):02x}" for each in rgb)


def colormap(given: Any) -> Colormap:
    """The map that an argument names; None is the usual one."""
    if isinstance(given, Colormap):
        return given
    if given is None:
        return Colormap(DEFAULT)
    if not isinstance(given, str):
        raise TypeError("a colormap is a name such as 'viridis', or what plt.get_cmap gives")
    return Colormap(given)


class ColormapKind(Kind):
    """What `plt.cm.viridis` and `plt.get_cmap("viridis")` are: called with numbers from 0 to 1 it gives RGBA."""

    name = "colormap"

    def __init__(self) -> None:
        super().__init__()
        self.attributes = {
            "reversed": Native("reversed", lambda m: Colormap(m.name.removesuffix("_r") if m.name.endswith("_r") else m.name + "_r")),
            "resampled": Native("resampled", lambda m, lutsize: Colormap(m.name, int(lutsize))),
        }  # fmt: skip

    def type_name(self, value: Any) -> str:
        return "Colormap"

    def getattr(self, value: Any, name: str) -> Any:
        if name == "name":
            return value.name
        if name == "N":
            return len(value.colors) if value.stepped else 256
        if name == "colors":
            return [tuple(int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)) for c in value.colors]
        return super().getattr(value, name)

    def call(self, value: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        given = args[0] if args else kwargs["X"]
        number = plain_number(given)
        whole = isinstance(given, int) and not isinstance(given, bool)
        at = sheet(given) if number is None else np.asarray(number)
        whole = whole or (
            number is None and getattr(given, "dtype", None) is not None and "int" in str(given.dtype)
        )
        if whole:
            at = at / max(1, self.getattr(value, "N") - 1)
        rgb = value.rgb(at)
        alpha = float(kwargs.get("alpha") or 1.0)
        made = np.concatenate([rgb, np.full((*rgb.shape[:-1], 1), alpha)], -1)
        return made if number is None else tuple(float(each) for each in made)

    def repr(self, value: Any) -> str:
        return f"<Colormap {value.name}>"


register(ColormapKind(), Colormap)


def get_cmap(name: Any = None, lut: Any = None) -> Colormap:
    return colormap(name) if lut is None else Colormap(str(name or DEFAULT), int(lut))


def namespace() -> Namespace:
    """`matplotlib.cm`: every map by its name."""
    made: dict[str, Any] = {name: Colormap(name) for name in sorted(NAMES)}
    made |= {f"{name}_r": Colormap(f"{name}_r") for name in sorted(NAMES)}
    made["get_cmap"] = Native("get_cmap", get_cmap, "The colormap of that name.")
    return Namespace("matplotlib.cm", made, doc="Color maps.")
