"""More of numpy's functions, in the form of `functions.TABLE`: `kind rule: names`."""

from __future__ import annotations

MORE = """
elementwise : bitwise_right_shift bitwise_left_shift bitwise_invert bitwise_not bitwise_count logaddexp2 isneginf isposinf
elementwise : atan2 acos asin atan acosh asinh atanh pow ldexp frexp nextafter spacing real_if_close isnat
elementwise none: nancumsum nancumprod cumulative_sum cumulative_prod unwrap packbits unpackbits astype
creation count: kaiser blackman bartlett
creation square: mask_indices
creation nested: asfortranarray require asarray_chkfinite
creation none: tril_indices_from triu_indices_from diag_indices_from
movement none: unstack matrix_transpose
indexing none: sort_complex unique_counts unique_inverse unique_all
query none: isfortran iscomplexobj isrealobj typename common_type min_scalar_type promote_types isdtype polysub polydiv
query none: format_float_positional format_float_scientific get_printoptions geterr is_busday busday_count busday_offset
query none: datetime_as_string
"""

SCALARS = (
    "double", "single", "half", "int_", "uint", "short", "byte", "long", "longlong", "ubyte", "ushort", "uintc", "intc",
    "ulong", "ulonglong", "uintp", "complex64", "complex128", "cdouble", "csingle", "str_", "bytes_", "datetime64",
    "timedelta64", "longdouble",
)  # fmt: skip
"""Types of numbers and texts; some are other names of the same type."""

ABSTRACT = ("inexact", "signedinteger", "unsignedinteger", "complexfloating", "character", "flexible")

LINALG = "matmul outer cross trace diagonal tensordot tensorsolve matrix_transpose vecdot"

RANDOM = dict.fromkeys(("hypergeometric", "logseries", "negative_binomial", "noncentral_chisquare", "pareto", "power", "standard_cauchy", "standard_exponential", "standard_gamma", "wald", "zipf", "f", "random_integers"), "last")  # fmt: skip

FFT = "irfft rfft2 irfft2 fftn ifftn rfftn irfftn rfftfreq ifftshift hfft ihfft"

CHARACTERS = (
    "add", "capitalize", "count", "endswith", "equal", "find", "index", "isalpha", "isdigit", "isspace", "islower",
    "isupper", "isnumeric", "isdecimal", "isalnum", "istitle", "less", "less_equal", "greater", "greater_equal", "lower",
    "lstrip", "not_equal", "partition", "rfind", "rstrip", "startswith", "str_len", "strip", "swapcase", "title", "upper",
)  # fmt: skip
"""Functions on texts whose results are no longer than what they are given."""
