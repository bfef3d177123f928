"""`SparseOutput`: scikit-learn's `set_output` for sparse matrices. pandas has sparse columns, polars has none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray
from scipy import sparse

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SparseOutput"]


class SparseOutput:
    """Mixin of vectorizers whose matrices are sparse; left of `TransformerMixin`, whose wrapping makes dense frames."""

    get_feature_names_out: Callable[..., NDArray[Any]]  # of the class

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what `transform` and `fit_transform` return.

        Parameters
        ----------
        transform : {"default", "pandas", None}
            ``"default"``: a CSR matrix. ``"pandas"``: a frame with a sparse column for each term. None changes nothing.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If it is something else; polars has no sparse columns.
        """
        if transform not in (None, "default", "pandas"):
            raise ValueError(f"transform must be 'default', 'pandas' or None; got {transform!r}; rows are sparse here")
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}  # where `clone` looks for it
        return self

    def _output(self, matrix: sparse.csr_matrix, documents: Any) -> Any:
        """Return a matrix as `set_output` asks for it."""
        if getattr(self, "_sklearn_output_config", {}).get("transform") != "pandas":
            return matrix
        import pandas  # type: ignore[import-untyped, unused-ignore]

        index = documents.index if isinstance(documents, pandas.Series) else None
        return pandas.DataFrame.sparse.from_spmatrix(matrix, index=index, columns=self.get_feature_names_out())
