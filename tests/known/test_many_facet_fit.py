"""Ratings by assessors who differ: known severities, halo and correlations are found again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from facets_world import CRITERIA, CUTS, SLOPE, world

from competency.errors import EvidenceError
from competency.ratings import fit_facets


@pytest.fixture(scope="module")
def fitted():
    table, traits, severity = world()
    return fit_facets(table), traits, severity


def test_items_and_spreads_are_found_again(fitted):
    fit, _, severity = fitted
    assert fit.converged
    assert np.abs(fit.items["a"] - SLOPE).max() < 0.6
    assert np.abs(fit.items.filter(like="b_").to_numpy() - CUTS).max() < 0.35
    assert fit.halo_sd == pytest.approx(0.5, abs=0.1)
    assert fit.severity_sd.to_numpy() == pytest.approx(severity.std(), abs=0.2)


def test_halo_is_not_read_as_correlation(fitted):
    fit, traits, _ = fitted
    truth = np.corrcoef(traits.T)
    assert np.abs(fit.correlation.to_numpy() - truth).max() < 0.12
    without = fit_facets(world()[0], halo=False)
    assert without.correlation.to_numpy()[0, 1] > fit.correlation.to_numpy()[0, 1] + 0.08


def test_intervals_of_severities_and_traits_cover(fitted):
    fit, traits, severity = fitted
    wide = fit.severities.pivot_table(index="assessor", columns="item", values=["severity", "se"])
    middle = severity[:, None] - severity.mean()
    missed = np.abs(wide["severity"].to_numpy() - wide["severity"].to_numpy().mean(0) - middle)
    assert np.sqrt(np.mean(missed**2)) < 0.2
    score = fit.score()
    z = (score["eap"].to_numpy() - traits.ravel()) / score["se"].to_numpy()
    assert np.mean(np.abs(z) < 1.645) == pytest.approx(0.90, abs=0.03)


def test_predictions_of_new_meetings_are_calibrated_under_large_halo():
    table, _, _ = world(seed=4, halo=1.0, n_persons=600)
    rng = np.random.default_rng(4)
    chosen = table.groupby("person").sample(1, random_state=4).index
    hidden = table.loc[rng.choice(chosen, 300, replace=False)]
    fit = fit_facets(table.drop(hidden.index))
    rows = hidden.melt(["person", "assessor"], CRITERIA, "item", "rating")
    chance = fit.predict(rows).to_numpy()
    assert np.allclose(chance.sum(1), 1)
    above = chance[:, ::-1].cumsum(1)[:, ::-1][:, 1:].ravel()
    event = (rows["rating"].to_numpy()[:, None] >= np.arange(1, 4)).ravel()
    which = np.minimum((above * 5).astype(int), 4)
    error = sum(
        abs(above[which == b].mean() - event[which == b].mean()) * (which == b).mean()
        for b in range(5)
    )
    assert error < 0.05


def test_a_meeting_that_was_rated_is_predicted_more_sharply(fitted):
    fit, _, _ = fitted
    table = world()[0]
    rated_before = table.head(40).melt(["person", "assessor"], CRITERIA, "item", "rating")
    stranger = rated_before.assign(assessor="nobody")
    picked = np.arange(len(rated_before)), rated_before["rating"].to_numpy()
    again = np.log(fit.predict(rated_before).to_numpy()[picked]).mean()
    assert again > np.log(fit.predict(stranger).to_numpy()[picked]).mean() + 0.1


def test_row_order_and_shape_of_the_table_do_not_matter():
    table, _, _ = world(n_persons=60, n_assessors=6)
    fit = fit_facets(table)
    long = table.melt(["person", "assessor"], CRITERIA, "criterion", "rating")
    again = fit_facets(long.sample(frac=1, random_state=2))
    assert again.log_likelihood == fit.log_likelihood
    assert again.severities.equals(fit.severities)


def test_one_trait_for_all_items_has_one_severity_for_each_assessor():
    table, _, severity = world(correlation=0.999, halo=0.0)
    fit = fit_facets(table, one_trait=True, halo=False)
    assert len(fit.severities) == len(severity)
    found = fit.severities["severity"] - fit.severities["severity"].mean()
    assert np.corrcoef(found, severity)[0, 1] > 0.9
    assert fit.halo_sd == 0


def test_one_assessor_has_no_severity_and_that_is_said():
    table, _, _ = world(n_persons=80, n_assessors=3)
    alone = fit_facets(table[table["assessor"] == "r00"], halo=False)
    assert "one-assessor" in [finding.code for finding in alone.findings]
    assert alone.severities["severity"].abs().max() < 1e-6


def test_what_cannot_be_used_is_refused():
    table, _, _ = world(n_persons=30, n_assessors=4)
    with pytest.raises(EvidenceError, match="there again"):
        fit_facets(pd.concat([table, table.head(2)]))
    rows = pd.DataFrame({"person": ["p0001"], "item": ["D"], "assessor": ["r00"]})
    with pytest.raises(EvidenceError, match="not calibrated"):
        fit_facets(table).predict(rows)
