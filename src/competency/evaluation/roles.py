"""Which column of a table is what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


@dataclass(frozen=True)
class Roles:
    """Which column of a table is what.

    Parameters
    ----------
    treated, outcome : str
    before, earlier : tuple of str
        The measure itself, then what else of that time is adjusted for; empty = none.
    covariates : tuple of str
    cluster, score : str
        Empty = none.
    """

    treated: str
    outcome: str
    before: tuple[str, ...]
    earlier: tuple[str, ...]
    covariates: tuple[str, ...]
    cluster: str
    score: str

    @classmethod
    def of(
        cls, table: pd.DataFrame, treated: str, outcome: str, *,
        before: str | Sequence[str] | None, earlier: str | Sequence[str] | None,
        covariates: Sequence[str], cluster: str | None, score: str | None,
    ) -> Roles:  # fmt: skip
        """Return the roles of columns; None stands for the usual name where the table has it.

        Parameters
        ----------
        table : DataFrame
        treated, outcome : str
        before, earlier : str, sequence of str or None
        covariates : sequence of str
        cluster, score : str or None
        """

        def usual(name: str, given: str | Sequence[str] | None) -> tuple[str, ...]:
            if given is None:
                return (name,) if name in table.columns else ()
            return (given,) if isinstance(given, str) else tuple(given)

        named = {"cluster": cluster, "score": score}
        single = {name: "".join(usual(name, given)) for name, given in named.items()}
        return cls(
            treated, outcome, usual("before", before), usual("earlier", earlier),
            tuple(covariates), **single,
        )  # fmt: skip

    @property
    def numeric(self) -> tuple[str, ...]:
        """Columns that must hold numbers."""
        score = (self.score,) if self.score else ()
        return (self.treated, self.outcome, *self.before, *self.earlier, *score)

    @property
    def all(self) -> tuple[str, ...]:
        """Every column named."""
        cluster = (self.cluster,) if self.cluster else ()
        return (*self.numeric, *self.covariates, *cluster)
