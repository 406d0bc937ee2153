"""pandapower beside us: its voltages and its networks, kept working under pandas 3."""

from __future__ import annotations

import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

_PANDAS_3 = 3


def pandapower() -> Any:  # noqa: ANN401 - a module without types
    """Return the module, mended for pandas 3, which its release 3.1 does not allow.

    It fills new rows column by column, which loses the type of bool columns, and writes results
    through `.values`, which is read-only now. Rows are set whole here and results are left in its
    internal arrays (`voltages`), which shortens its time a little.
    """
    import pandapower as module
    from pandapower import powerflow

    if int(pd.__version__.split(".")[0]) < _PANDAS_3:
        return module

    def set_entries(
        net: Any,  # noqa: ANN401 - theirs
        table: str,
        index: int,
        preserve_dtypes: bool = True,  # noqa: FBT001, FBT002, ARG001 - their signature
        entries: Any = None,  # noqa: ANN401 - theirs
        **more: object,
    ) -> None:
        frame = net[table]
        row = pd.DataFrame([{**(entries or {}), **more}], index=[index])
        whole = pd.concat([frame, row]) if len(frame) else row.reindex(columns=frame.columns)
        whole = whole.assign(**{name: row[name] for name in row if name not in whole})
        for name, kind in frame.dtypes.items():
            if kind.kind not in "biu" or whole[name].notna().all():
                whole[name] = whole[name].astype(kind)
        net[table] = whole

    def set_value(  # noqa: PLR0913 - their signature
        net: Any,  # noqa: ANN401 - theirs
        index: int,
        value: Any,  # noqa: ANN401 - theirs
        column: str,
        element_type: str,
        dtype: Any = float,  # noqa: ANN401, ARG001 - theirs
        default_val: Any = np.nan,  # noqa: ANN401 - theirs
    ) -> None:
        frame = net[element_type]
        chosen = default_val if value is None or pd.isna(value) else value
        if column not in frame and pd.isna(chosen):
            return
        whole = list(frame[column]) if column in frame else [default_val] * len(frame)
        whole[frame.index.get_loc(index)] = chosen
        net[element_type] = frame.assign(**{column: whole})

    for name, loaded in list(sys.modules.items()):
        if name.startswith("pandapower") and hasattr(loaded, "_set_entries"):
            loaded._set_entries = set_entries  # noqa: SLF001 - see above
        if name.startswith("pandapower") and hasattr(loaded, "_set_value_if_not_nan"):
            loaded._set_value_if_not_nan = set_value  # noqa: SLF001 - see above
    powerflow._extract_results = lambda *_: None  # noqa: SLF001 - see above
    return module


def voltages(net: Any, **options: object) -> Any:  # noqa: ANN401 - theirs
    """Return complex voltages of all buses of a net of pandapower, per unit, NaN where dark."""
    module = pandapower()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module.runpp(net, tolerance_mva=1e-10, calculate_voltage_angles=True, init="dc", **options)
    rows = net._pd2ppc_lookups["bus"][net.bus.index.to_numpy()]  # noqa: SLF001 - see above
    size, angle = net._ppc["bus"][rows, 7], net._ppc["bus"][rows, 8]  # noqa: SLF001 - VM, VA
    return size * np.exp(1j * np.radians(angle))


def read(path: Path) -> Any:  # noqa: ANN401 - theirs
    """Return a net of pandapower from its file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pandapower().from_json(str(path))


def network(name: str) -> Any:  # noqa: ANN401 - theirs
    """Return one of pandapower's own networks."""
    import pandapower.networks as ready

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pandapower()
        return getattr(ready, name)()
