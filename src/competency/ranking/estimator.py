"""The ranker that learns, as a scikit-learn estimator for any table of candidates in lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from competency.arrays import Floats, Ints
from competency.errors import ConfigError, Finding, InputError, nearest_names
from competency.ranking.additive.boost import (
    LONGEST_LIST,
    BoostSettings,
    RankingTable,
    require_lightgbm,
)
from competency.ranking.additive.learn import Recipe, learn
from competency.ranking.additive.scorer import AdditiveScorer
from competency.ranking.lists import Gain

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from sklearn.utils import Tags


class RankingEstimator(BaseEstimator):  # type: ignore[misc]
    """Learns to rank candidates in lists, by a score that adds up exactly.

    LambdaMART (Burges 2010) of one-split trees, and of small trees on pairs of features that you
    name, grown by LightGBM and compiled to tables: what each feature adds is a list of steps. The
    score of a candidate is the sum of what its features add, to the last digit.

    Parameters
    ----------
    monotone : mapping of str to int, or sequence of int, optional
        By feature (or for every feature in order): 1 = more never lowers the score, -1 = more
        never raises it, 0 = free. Holds exactly, for every input.
    pairs : sequence of pairs of str
        Features that may act together.
    start : str, optional
        A column of X that is a score already. Learning starts from it and must prove better:
        without evidence in validation the score is this column alone.
    n_trees : int, optional
        One-split trees, and trees of each pair. None: as many as rank best in validation, on later
        lists where `time` is given to `fit`, else on other lists.
    max_trees : int
        Most trees that validation may choose, at least 1; usually 100 to 1,000.
    learning_rate : float
        In (0, 1]; usually 0.03 to 0.2.
    max_bins : int
        Most steps of a feature, 2 to 255.
    min_rows : int
        Fewest candidates in a step, at least 1.
    l2 : float
        Shrinkage of small steps, not negative.
    gain : {"linear", "exponential"}, optional
        Worth of a label. None: ``2 ** y - 1`` where all labels are whole numbers from 0 to 30, the
        label itself otherwise.
    folds : int
        Folds of validation, and models that the result is the mean of, at least 2.
    at : int
        Places of a list whose nDCG is validated, at least 1.
    random_state : int
        Another one deals lists to folds in another way.

    Attributes
    ----------
    scorer_ : AdditiveScorer
        Scores without LightGBM and scikit-learn: save it with :func:`save_scorer`.
    tuned_ : tuple of Tuned
        Of the one-split trees and of each pair: how many, and the evidence of validation for it.
    names_ : tuple of str
        Names of the columns.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> X = pd.DataFrame({"gap": rng.random(400), "hours": rng.random(400)})
    >>> lists = np.repeat(np.arange(40), 10)
    >>> y = (X["gap"] - X["hours"] > 0.3).astype(int)
    >>> ranker = RankingEstimator(monotone={"gap": 1, "hours": -1}).fit(X, y, groups=lists)
    >>> parts = ranker.contributions(X)
    >>> sorted(parts), bool(np.allclose(sum(parts.values()), ranker.predict(X), atol=1e-12))
    (['gap', 'hours'], True)
    >>> RankingEstimator().fit(X[:1], y[:1]).predict(X[:2])  # nothing to learn from one candidate
    array([0., 0.])
    """

    def __init__(
        self,
        *,
        monotone: Mapping[str, int] | Sequence[int] | None = None,
        pairs: Sequence[tuple[str, str]] = (),
        start: str | None = None,
        n_trees: int | None = None,
        max_trees: int = 300,
        learning_rate: float = 0.1,
        max_bins: int = 63,
        min_rows: int = 20,
        l2: float = 1.0,
        gain: Gain | None = None,
        folds: int = 5,
        at: int = 10,
        random_state: int = 0,
    ) -> None:
        self.monotone = monotone
        self.pairs = pairs
        self.start = start
        self.n_trees = n_trees
        self.max_trees = max_trees
        self.learning_rate = learning_rate
        self.max_bins = max_bins
        self.min_rows = min_rows
        self.l2 = l2
        self.gain = gain
        self.folds = folds
        self.at = at
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,  # noqa: N803
        y: ArrayLike,
        groups: ArrayLike | None = None,
        *,
        time: ArrayLike | None = None,
    ) -> RankingEstimator:
        """Learn from labelled candidates and return this ranker.

        Parameters
        ----------
        X : DataFrame, array or sparse matrix, shape (n_rows, n_features)
            Numbers; NaN = missing. A sparse matrix is made dense: what it leaves out is 0.
        y : array, shape (n_rows,)
            Worth of each candidate, finite: grades, 0 and 1, or any number that grows with worth.
        groups : array, shape (n_rows,), optional
            Label of the list of each candidate; rows need not be sorted. None: one list.
        time : array, shape (n_rows,), optional
            When the list was decided, the same for all of its rows.

        Returns
        -------
        RankingEstimator

        Raises
        ------
        ConfigError
            A parameter is illegal, or lightgbm (the extra ``train``) is not installed.
        InputError
            `groups` or `time` do not fit the rows.

        Notes
        -----
        The same rows in any order give the same tables. Time grows with rows x features x trees.
        """
        require_lightgbm()
        columns, labels = validate_data(
            self, X, y, dtype=np.float64, accept_sparse="csr", ensure_all_finite="allow-nan",
            y_numeric=True,
        )  # fmt: skip
        columns = _dense(columns)
        self.names_ = self._names()
        recipe = self._recipe()
        lists, when = _lists_of(groups, time, len(labels))
        table, order = self._table(columns, labels, lists)
        model, self.tuned_ = learn(table, recipe, None if when is None else when[order])
        self.scorer_ = AdditiveScorer(self.names_, self.start, model)
        return self

    def predict(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Return the score of each candidate; higher is better.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_features)

        Returns
        -------
        float64, shape (n_rows,)
        """
        columns = self._columns(X)
        return self.scorer_.predict(columns)

    def contributions(self, X: ArrayLike) -> dict[str, Floats]:  # noqa: N803
        """Return what each feature and pair adds to the score of each candidate.

        Parameters
        ----------
        X : DataFrame or array, shape (n_rows, n_features)

        Returns
        -------
        dict of str to float64, shape (n_rows,)
            They sum to `predict`. Each but the start averages 0 over the rows of training.
        """
        columns = self._columns(X)
        return self.scorer_.contributions(columns)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        return tags

    def _columns(self, X: ArrayLike) -> Floats:  # noqa: N803
        check_is_fitted(self)
        columns = validate_data(
            self, X, dtype=np.float64, accept_sparse="csr", ensure_all_finite="allow-nan",
            reset=False,
        )  # fmt: skip
        return _dense(columns)

    def _names(self) -> tuple[str, ...]:
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            return tuple(f"x{k}" for k in range(self.n_features_in_))
        return tuple(map(str, names))

    def _table(self, columns: Floats, labels: Floats, lists: Ints) -> tuple[RankingTable, Ints]:
        number = {name: k for k, name in enumerate(self.names_)}
        start: Floats = np.zeros(len(labels))
        if self.start is not None:
            start = columns[:, number[self.start]]
            if np.isnan(start).any():
                raise _table_problem("no-number", f"the start score {self.start!r} is missing")
        keys = (labels, *columns.T[::-1], start, lists)
        order = np.lexsort(keys)
        grade, worth = graded(labels[order], self.gain)
        table = RankingTable(columns[order], grade, worth, lists[order], start[order])
        if np.bincount(table.owner).max(initial=0) > LONGEST_LIST:
            message = f"a list has more than {LONGEST_LIST} candidates"
            raise _table_problem("long-list", message, "give groups: one label for each list")
        return table, order

    def _recipe(self) -> Recipe:
        findings = [*_wrong_numbers(self), *_unknown_names(self)]
        if findings:
            raise ConfigError("RankingEstimator", findings)
        number = {name: k for k, name in enumerate(self.names_)}
        ways = self.monotone or {}
        if isinstance(ways, Mapping):
            directions = tuple(int(ways.get(name, 0)) for name in self.names_)
        else:
            directions = tuple(map(int, ways))
        return Recipe(
            names=self.names_,
            directions=directions,
            features=tuple(k for name, k in number.items() if name != self.start),
            pairs=tuple((number[a], number[b]) for a, b in self.pairs),
            boost=BoostSettings(self.learning_rate, self.max_bins, self.min_rows, self.l2),
            n_trees=self.n_trees,
            max_trees=self.max_trees,
            folds=self.folds,
            at=self.at,
            has_start=self.start is not None,
            seed=self.random_state,
        )


_LEGAL = (
    ("n_trees", "None or a whole number, at least 0", 0, np.inf),
    ("max_trees", "a whole number, at least 1", 1, np.inf),
    ("max_bins", "a whole number from 2 to 255", 2, 255),
    ("min_rows", "a whole number, at least 1", 1, np.inf),
    ("folds", "a whole number, at least 2", 2, np.inf),
    ("at", "a whole number, at least 1", 1, np.inf),
)


def _wrong_numbers(ranker: RankingEstimator) -> list[Finding]:
    wrong = []
    for name, legal, least, most in _LEGAL:
        value = getattr(ranker, name)
        if value is None and name == "n_trees":
            continue
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not least <= value <= most:
            wrong.append(_illegal(name, legal))
    if not 0 < ranker.learning_rate <= 1:
        wrong.append(_illegal("learning_rate", "a number above 0, at most 1"))
    if not 0 <= ranker.l2 < np.inf:
        wrong.append(_illegal("l2", "a finite number, not negative"))
    if ranker.gain not in (None, "linear", "exponential"):
        wrong.append(_illegal("gain", "None, 'linear' or 'exponential'"))
    return wrong


def _unknown_names(ranker: RankingEstimator) -> list[Finding]:
    names, ways = ranker.names_, ranker.monotone or {}
    wrong, values = [], ways
    named = [name for pair in ranker.pairs for name in pair]
    named += [] if ranker.start is None else [ranker.start]
    if isinstance(ways, Mapping):
        named, values = named + list(ways), list(ways.values())
    elif len(ways) != len(names):
        wrong.append(_illegal("monotone", "one direction for each feature"))
    if any(way not in (-1, 0, 1) for way in values):
        wrong.append(_illegal("monotone", "of directions 1, -1 or 0"))
    if any(len(pair) != 2 or pair[0] == pair[-1] for pair in ranker.pairs):
        wrong.append(_illegal("pairs", "pairs of two different features"))
    for name in dict.fromkeys(named):
        if name not in names:
            message = f"there is no feature {name!r}"
            near = nearest_names(str(name), names)
            wrong.append(Finding("unknown-feature", message, nearest=near))
    return wrong


def _lists_of(
    groups: ArrayLike | None, time: ArrayLike | None, size: int
) -> tuple[Ints, NDArray[Any] | None]:
    lists = np.zeros(size, np.int64)
    if groups is not None:
        labels = check_array(groups, ensure_2d=False, dtype=None, ensure_all_finite=False)
        if labels.shape != (size,):
            hint = "from sizes of lists: np.repeat(np.arange(len(sizes)), sizes)"
            raise _table_problem("different-shapes", "groups has not one label for each row", hint)
        if (labels != labels).any():
            raise _table_problem("no-group", "a row has no label of its list")
        lists = np.unique(labels, return_inverse=True)[1]
    if time is None:
        return lists, None
    when = np.asarray(time)
    if when.shape != (size,) or (when != when).any():
        raise _table_problem("no-time", "time has not one known value for each row")
    order = np.argsort(lists, kind="stable")
    same = lists[order][1:] == lists[order][:-1]
    if (same & (when[order][1:] != when[order][:-1])).any():
        message = "the rows of a list differ in time: a list is decided at one time"
        raise _table_problem("list-in-two-times", message, "give each decision its own group")
    return lists, when


def _dense(columns: Any) -> Floats:
    dense: Floats = columns.toarray() if hasattr(columns, "toarray") else columns
    return dense


def _illegal(name: str, legal: str) -> Finding:
    return Finding("illegal-setting", f"parameter {name} must be {legal}")


def _table_problem(code: str, message: str, hint: str = "") -> InputError:
    return InputError("ranking table", [Finding(code, message, hint=hint)])


MOST_GRADES = 255
"""Most distinct grades; more distinct labels than this are merged by their ranks."""

_HIGHEST_EXPONENT = 30
# 2 ** 30 is worth a billion times grade 1: a label beyond that is no grade (LightGBM's own limit).


def graded(labels: Floats, gain: Gain | None) -> tuple[Ints, Floats]:
    """Return the grade of each label, and the worth of each grade.

    `labels` of shape (n_rows,): finite; higher is better. A negative label is worth less than 0 is,
    never "bad": the worth of the lowest label is 0. `gain`: worth as a function of the label: the
    label itself, or ``2 ** label - 1``. None: the latter where all labels are whole and 0 to 30, as
    graded relevance is; else the former. Returns `grade`: int32 (n_rows,). Returns `worth`: float64
    (n_grades,): increasing, from 0.

    Examples
    --------
    >>> graded(np.array([0.0, 2, 2]), None)
    (array([0, 1, 1], dtype=int32), array([0., 3.]))
    >>> graded(np.array([-0.5, 0.25]), None)[1]
    array([0.  , 0.75])
    >>> graded(np.array([]), None)
    (array([], dtype=int32), array([], dtype=float64))
    """
    distinct, number = np.unique(labels, return_inverse=True)
    if not len(distinct):
        return number.astype(np.int32), distinct.astype(np.float64)
    whole = bool((distinct == np.round(distinct)).all())
    if gain is None:
        grades = whole and distinct[0] >= 0 and distinct[-1] <= _HIGHEST_EXPONENT
        gain = "exponential" if grades else "linear"
    worth = np.exp2(distinct) if gain == "exponential" else distinct.astype(np.float64)
    merged = np.arange(len(distinct)) * min(MOST_GRADES, len(distinct)) // len(distinct)
    counts = np.bincount(number)
    mean = np.bincount(merged, weights=counts * worth) / np.bincount(merged, weights=counts)
    return merged[number].astype(np.int32), mean - mean[0]
