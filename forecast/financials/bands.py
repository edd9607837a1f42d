"""Banded systems: variances under a precision that ties no two distant quarters together."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from forecast.financials.system import Array

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array


def variances(rows: csr_array, precision: csc_array, times: Array) -> Array:
    """The variances of some sums of unknowns, shape (m,): the diagonal of ``rows @ inverse(precision) @ rows'``.

    Unknowns are put into blocks of successive ``times`` (n,), as long as the longest stretch that an entry of the
    precision or a row (m, n) spans, so that the precision is block tridiagonal and each row lies in two neighbouring
    blocks. With its blocks A_k on and B_k below the diagonal, ``D_1 = A_1``, ``D_{k+1} = A_{k+1} - B_k W_k`` and
    ``W_k = inverse(D_k) B_k'``, the blocks of the inverse that are asked for are, from the last one backwards,

        C_k = inverse(D_k) + W_k C_{k+1} W_k'        C_{k,k+1} = -W_k C_{k+1}

    (Erisman & Tinney 1975, "On computing certain elements of the inverse of a sparse matrix", by blocks.) Where
    rounding has eaten a block, as with facts 1e12 times as precise as what else is known of their parts: LinAlgError.
    """
    from scipy.linalg import lapack
    from scipy.sparse import diags_array

    size = 1.0 / np.sqrt(precision.diagonal())
    scaled = (diags_array(size) @ precision @ diags_array(size)).tocoo()
    first, last = _reach(rows, times)
    apart = np.abs(times[scaled.row] - times[scaled.col]).max(initial=1.0)
    length = max(float(apart), float((last - first).max(initial=1.0)))
    block = ((times - times.min()) // length).astype(np.intp)
    order = np.argsort(block, kind="stable")
    edges = np.searchsorted(block[order], np.arange(block.max() + 2))
    ordered = scaled.tocsr()[order][:, order]
    across = (rows @ diags_array(size)).tocsr()[:, order]
    home = ((first - times.min()) // length).astype(np.intp)

    inverses, links = [], []
    passed = None
    for k, (start, end) in enumerate(pairwise(edges)):
        own = ordered[start:end, start:end].toarray()
        if passed is not None:
            own -= passed
        factor, broken = lapack.dpotrf(own, lower=1, overwrite_a=1)
        if broken:
            raise np.linalg.LinAlgError(f"block {k} of the precision is not positive definite to rounding")
        lower, _ = lapack.dpotri(factor, lower=1)
        inverses.append(_symmetric(lower))
        if k + 2 < edges.size:
            beside = ordered[end : edges[k + 2], start:end].toarray()
            links.append(inverses[-1] @ beside.T)
            passed = beside @ links[-1]

    found = np.zeros(rows.shape[0])
    after: Array = inverses[-1]
    for k in range(len(inverses) - 1, -1, -1):
        start, end = edges[k], edges[k + 1]
        if k == len(inverses) - 1:
            pair, stop = after, end
        else:
            between = -links[k] @ after
            here = inverses[k] - between @ links[k].T
            pair, stop = np.block([[here, between], [between.T, after]]), edges[k + 2]
            after = here
        inside = np.flatnonzero(home == k)
        part = across[inside][:, start:stop]
        found[inside] = np.asarray(part.multiply(part @ pair).sum(axis=1)).ravel()
    return found


def _reach(rows: csr_array, times: Array) -> tuple[Array, Array]:
    """The first and the last time that each row speaks of, each (m,); the earliest of all for an empty row."""
    first, last = np.full((2, rows.shape[0]), times.min())
    filled = np.diff(rows.indptr) > 0
    starts = rows.indptr[:-1][filled]
    first[filled] = np.minimum.reduceat(times[rows.indices], starts)
    last[filled] = np.maximum.reduceat(times[rows.indices], starts)
    return first, last


def _symmetric(lower: Array) -> Array:
    """The whole of a symmetric matrix of which only the lower triangle is right."""
    whole: Array = np.tril(lower)
    whole += np.tril(lower, -1).T
    return whole
