"""Array types. Docstrings give shapes, first axis named."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

type Float64 = NDArray[np.float64]
type Float32 = NDArray[np.float32]
type Int32 = NDArray[np.int32]
type Int64 = NDArray[np.int64]
type UInt8 = NDArray[np.uint8]
type Bool = NDArray[np.bool_]
