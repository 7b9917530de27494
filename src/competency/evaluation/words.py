"""The sentences of an evaluation, in Indonesian and English; both have the same keys.

Sentences of a verdict that is withheld, and the notes below it, never use the word effect.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from competency.config import Locale

WORDS: dict[str, dict[str, str]] = {
    "id": {
        "by.random": "melalui undian",
        "by.by_score": "berdasarkan nilai",
        "by.by_nomination": "melalui pencalonan",
        "by.unknown": "dengan cara yang tidak diketahui",
        "amount.point": (
            "{value} (interval {confidence} dari {low} sampai {high}; {n_trained} pegawai dilatih, "
            "{n_untrained} tidak)"
        ),
        "amount.range": (
            "antara {least} dan {most} (interval {confidence} terluar dari {low} sampai {high}; "
            "{n_trained} pegawai dilatih, {n_untrained} tidak)"
        ),
        "amount.none": "tidak dapat dihitung",
        "effective": (
            "Pelatihan ini menaikkan hasil: efeknya {amount}, jika pegawai memang dipilih {by}."
        ),
        "harmful": (
            "Hasil pegawai yang dilatih menurun: efeknya {amount}, jika pegawai memang dipilih "
            "{by}."
        ),
        "negligible": "Efek pelatihan ini kecil sekali: {amount}; pegawai dipilih {by}.",
        "inconclusive": (
            "Belum ada bukti bahwa pelatihan ini berefek, dan belum ada bukti bahwa tidak: "
            "{amount}; pegawai dipilih {by}."
        ),
        "withheld.placebo_failed": (
            "Tidak ada yang boleh diklaim bagi pelatihan ini: pada masa ketika pelatihan belum "
            "mungkin berbuat apa-apa, pegawai yang dilatih sudah berbeda {placebo} (p = {p}) dari "
            "yang tidak. Selisih yang terukur adalah {amount}."
        ),
        "withheld.no_placebo": (
            "Belum ada yang boleh diklaim bagi pelatihan ini: pegawai dipilih {by}, dan tanpa "
            "hasil ukur dari masa sebelumnya tidak dapat diketahui apakah kedua kelompok akan "
            "berjalan sama tanpa pelatihan. Selisih yang terukur adalah {amount}."
        ),
        "withheld.no_overlap": (
            "Tidak ada yang boleh diklaim bagi pelatihan ini: hanya {share} pegawai yang dilatih "
            "mempunyai bandingan di antara yang tidak dilatih. Selisih yang terukur adalah "
            "{amount}."
        ),
        "too_few": (
            "Pegawai terlalu sedikit untuk suatu simpulan; dibutuhkan sedikitnya {minimum} di tiap "
            "kelompok. Selisih yang terukur adalah {amount}."
        ),
        "not_estimable": "Tidak ada jawaban. {why}",
        "why.no-trained": "Tidak ada pegawai yang dilatih dalam tabel.",
        "why.no-untrained": "Tidak ada pegawai yang tidak dilatih sebagai bandingan.",
        "why.no-post-assessment": "Salah satu kelompok tidak diukur sesudah pelatihan.",
        "why.constant-outcome": "Semua hasil sesudah pelatihan sama.",
        "why.exact-outcome": "Hasil sesudah pelatihan persis mengikuti yang sebelumnya.",
        "why.one-cluster": "Semua pegawai suatu kelompok berasal dari satu kelas atau unit.",
        "why.no-before": "Tidak ada hasil ukur sebelum pelatihan yang dapat dipakai.",
        "why.no-reliability": "Keandalan hasil ukur sebelum pelatihan tidak diketahui.",
        "why.no-cutoff-window": "Terlalu sedikit pegawai di sekitar batas nilai.",
        "why.other": "Datanya tidak cukup.",
        "naive": (
            "Kenaikan mentah pegawai yang dilatih {naive}; kira-kira {by_chance} di antaranya "
            "regresi ke rata-rata. Kenaikan mentah bukan hasil pelatihan."
        ),
        "bound.ancova": "Dengan anggapan sebaliknya (ANCOVA) selisihnya {bound}.",
        "bound.difference in differences": (
            "Dengan anggapan sebaliknya (selisih perubahan) selisihnya {bound}."
        ),
        "placebo.passed": "Uji plasebo lulus: selisih {placebo} (p = {p}).",
        "placebo.not possible": "Uji plasebo tidak dapat dilakukan: tidak ada masa sebelumnya.",
        "attrition": (
            "Pegawai yang tidak diukur sesudahnya dapat menggesernya: antara {low} dan {high} "
            "(batas Lee)."
        ),
        "hidden": (
            "Sebab tersembunyi harus menjelaskan {robustness} dari sisa keragaman pemilihan maupun "
            "hasil untuk meniadakannya."
        ),
    },
    "en": {
        "by.random": "by lot",
        "by.by_score": "by score",
        "by.by_nomination": "by nomination",
        "by.unknown": "in a way that is not known",
        "amount.point": (
            "{value} ({confidence} interval {low} to {high}; {n_trained} officers trained, "
            "{n_untrained} not)"
        ),
        "amount.range": (
            "between {least} and {most} (outer {confidence} interval {low} to {high}; {n_trained} "
            "officers trained, {n_untrained} not)"
        ),
        "amount.none": "not to be computed",
        "effective": (
            "The training raised the outcome: its effect is {amount}, provided that officers were "
            "chosen {by}."
        ),
        "harmful": (
            "The outcome of trained officers fell: the effect is {amount}, provided that officers "
            "were chosen {by}."
        ),
        "negligible": (
            "The effect of the training is negligible: {amount}; officers were chosen {by}."
        ),
        "inconclusive": (
            "There is no evidence that the training has an effect, and none that it has not: "
            "{amount}; officers were chosen {by}."
        ),
        "withheld.placebo_failed": (
            "Nothing may be claimed for the training: at a time when it cannot have done anything "
            "yet, trained officers already differed by {placebo} (p = {p}) from the others. The "
            "difference measured is {amount}."
        ),
        "withheld.no_placebo": (
            "Nothing may be claimed for the training yet: officers were chosen {by}, and without a "
            "measure of an earlier period nobody can tell whether both groups would have gone the "
            "same way without it. The difference measured is {amount}."
        ),
        "withheld.no_overlap": (
            "Nothing may be claimed for the training: only {share} of the trained have "
            "counterparts among the untrained. The difference measured is {amount}."
        ),
        "too_few": (
            "There are too few officers for a verdict; at least {minimum} in each group are "
            "needed. The difference measured is {amount}."
        ),
        "not_estimable": "There is no answer. {why}",
        "why.no-trained": "The table has no trained officers.",
        "why.no-untrained": "The table has no untrained officers to compare with.",
        "why.no-post-assessment": "One group has no measure after the training.",
        "why.constant-outcome": "All outcomes after the training are the same.",
        "why.exact-outcome": "The outcomes follow exactly from what was measured before.",
        "why.one-cluster": "All officers of a group come from one class or unit.",
        "why.no-before": "There is no usable measure before the training.",
        "why.no-reliability": "The reliability of the measure before the training is not known.",
        "why.no-cutoff-window": "Too few officers lie near the cut-off.",
        "why.other": "The data do not suffice.",
        "naive": (
            "Naive gain of the trained {naive}; regression to the mean is about {by_chance} of it. "
            "The naive gain is not what the training did."
        ),
        "bound.ancova": "Under the opposite assumption (ANCOVA) the difference is {bound}.",
        "bound.difference in differences": (
            "Under the opposite assumption (difference in differences) the difference is {bound}."
        ),
        "placebo.passed": "The placebo passed: a difference of {placebo} (p = {p}).",
        "placebo.not possible": "No placebo could be run: there is no earlier period.",
        "attrition": (
            "Officers who were not measured after it could move it to anywhere between {low} and "
            "{high} (bounds of Lee)."
        ),
        "hidden": (
            "A hidden cause would have to explain {robustness} of what is left of both the choice "
            "of officers and the outcome to bring this to zero."
        ),
    },
}

SHARES = {"confidence", "share", "robustness"}
"""Facts that are written as percentages."""


def say(key: str, locale: Locale, **facts: str | float) -> str:
    """Return a sentence with its facts, as the language writes them.

    Numbers have three significant digits (whole ones all), shares are percentages, and what is
    not known is a dash.

    Examples
    --------
    >>> say("naive", "en", naive=1794.342, by_chance=float("nan"))[:60]
    'Naive gain of the trained 1,790; regression to the mean is a'
    >>> say("hidden", "id", robustness=0.1234)[:41]
    'Sebab tersembunyi harus menjelaskan 12,3%'
    """
    return WORDS[locale][key].format(
        **{name: _written(name, fact, locale) for name, fact in facts.items()}
    )


def _written(name: str, fact: str | float, locale: Locale) -> str:
    from babel.numbers import format_decimal, format_percent

    if isinstance(fact, str | int):
        return str(fact)
    if math.isnan(fact):
        return "–"
    if name in SHARES:
        return format_percent(fact, "#,##0.#%", locale=locale)
    return format_decimal(float(f"{fact:.3g}") + 0.0, "#,##0.######", locale=locale)
