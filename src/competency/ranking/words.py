"""The sentences that explain a ranking, in Indonesian and English; both have the same keys."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "id": {
        "and": " dan ",
        "aim.held": "jabatan yang dipegang",
        "aim.next": "jabatan berikutnya",
        "aim.position": "jabatan {position}",
        "closes": (
            "Memperkecil kesenjangan {competency} untuk {aim}: peluang memenuhi level {level} "
            "naik dari {before} menjadi {after}, dan perkiraan kesenjangan turun dari "
            "{gap_before} menjadi {gap_after} level."
        ),
        "closes_below": (
            "Memperkecil kesenjangan {competency} untuk {aim}: peluang memenuhi level {level} "
            "tetap {before}, tetapi perkiraan kesenjangan turun dari {gap_before} menjadi "
            "{gap_after} level."
        ),
        "closes_nothing": "Tidak memperkecil kesenjangan kompetensi yang dihitung.",
        "unknown": (
            "{competency} belum pernah dinilai: angkanya berasal dari perkiraan awal, bukan dari "
            "hasil penilaian."
        ),
        "hours": "Lama pelatihan {hours} JP.",
        "readiness": (
            "Kesiapan {readiness}: bagian dari level awal yang diminta pelatihan ini yang "
            "diperkirakan sudah dimiliki."
        ),
        "readiness_free": "Pelatihan ini tidak meminta level awal.",
        "mandatory": "Wajib bagi pemangku jabatan {position} dan belum diselesaikan.",
        "accredited": "Penyelenggara {provider} terakreditasi sampai {until}.",
        "accreditation_ended": (
            "Akreditasi penyelenggara {provider} berakhir pada {until}, sebelum {as_of}."
        ),
        "accreditation_unknown": "Akreditasi penyelenggara {provider} tidak tercatat.",
        "barrier.passed": "Tidak diusulkan: pelatihan ini sudah diselesaikan.",
        "barrier.not_offered": "Tidak diusulkan: pelatihan ini tidak berlaku pada {as_of}.",
        "barrier.prerequisite": "Belum dapat diikuti: selesaikan dahulu {trainings}.",
        "barrier.entry": (
            "Belum dapat diikuti: level awal yang diminta pelatihan ini belum cukup terpenuhi."
        ),
        "barrier.region": "Tidak dapat diikuti: hanya untuk wilayah {region}.",
        "barrier.no_gain": "Tidak diusulkan: tidak ada kesenjangan yang akan diperkecilnya.",
        "score": (
            "Peringkat {rank} dari {count} pelatihan yang dapat diikuti. Nilainya adalah hasil "
            "kali {factors} ≈ {total}."
        ),
        "score_baseline": (
            "Peringkat {rank} dari {count} pelatihan yang dapat diikuti, menurut {method}: {total}."
        ),
        "factor.gap_closed": "kesenjangan yang tertutup",
        "factor.hours": "lama pelatihan",
        "factor.readiness": "kesiapan",
        "factor.mandatory": "kewajiban",
        "factor.largest_gap": "kesenjangan terbesar",
        "factor.known": "sudah pernah dinilai",
        "factor.cost": "biaya",
        "factor.popularity": "banyaknya lulusan setahun terakhir",
        "sure": (
            "{competency}: perkiraan level {level} ± {spread}, dari {count} penilaian; sesudah "
            "pelatihan {after}."
        ),
        "sure_never": (
            "{competency}: perkiraan awal level {level} ± {spread}, belum pernah dinilai; sesudah "
            "pelatihan {after}."
        ),
        "cost": "Biaya {cost} per peserta.",
        "unlocks": "Membuka jalan ke {trainings}.",
        "contrast": "Di atas {other} karena nilainya ×{ratio}{reasons}.",
        "contrast_below": "Di bawah {other} karena nilainya ×{ratio}{reasons}.",
        "contrast_tie": "Sama nilainya dengan {other}; yang kodenya lebih awal didahulukan.",
        "contrast_barred": "{other} tidak dapat diikuti atau tidak menutup kesenjangan apa pun.",
        "contrast_alone": "Tidak ada pelatihan lain yang dapat diikuti.",
        "contrast.for": ": yang mendukung {factors}",
        "contrast.against": "; yang memberatkan {factors}",
        "contrast.only_against": ": yang memberatkan {factors}",
        "method.catalogue": "urutan katalog",
        "method.random": "undian",
        "method.popularity": "jumlah pegawai yang telah menyelesaikannya",
        "method.largest gap": "kesenjangan terbesar",
    },
    "en": {
        "and": " and ",
        "aim.held": "the position held",
        "aim.next": "the next position",
        "aim.position": "the position {position}",
        "closes": (
            "Narrows the gap in {competency} for {aim}: the chance of meeting level {level} rises "
            "from {before} to {after}, and the expected gap falls from {gap_before} to "
            "{gap_after} levels."
        ),
        "closes_below": (
            "Narrows the gap in {competency} for {aim}: the chance of meeting level {level} stays "
            "at {before}, but the expected gap falls from {gap_before} to {gap_after} levels."
        ),
        "closes_nothing": "Narrows no competency gap that counts.",
        "unknown": (
            "{competency} has never been assessed: its figures are a first estimate, not the "
            "result of an assessment."
        ),
        "hours": "Takes {hours} training hours (JP).",
        "readiness": (
            "Readiness {readiness}: the share of the entry levels asked by this training that the "
            "officer is expected to bring."
        ),
        "readiness_free": "This training asks for no entry level.",
        "mandatory": "Mandatory for holders of the position {position}, and not yet completed.",
        "accredited": "The provider, {provider}, is accredited until {until}.",
        "accreditation_ended": (
            "The accreditation of the provider, {provider}, ended on {until}, before {as_of}."
        ),
        "accreditation_unknown": "No accreditation of the provider, {provider}, is on record.",
        "barrier.passed": "Not proposed: this training has been completed.",
        "barrier.not_offered": "Not proposed: this training is not offered on {as_of}.",
        "barrier.prerequisite": "Cannot be taken yet: first complete {trainings}.",
        "barrier.entry": (
            "Cannot be taken yet: too few of the entry levels asked by this training are met."
        ),
        "barrier.region": "Cannot be taken: only for the region {region}.",
        "barrier.no_gain": "Not proposed: there is no gap that it would narrow.",
        "score": (
            "Number {rank} of {count} trainings that can be taken. Its value is the product "
            "{factors} ≈ {total}."
        ),
        "score_baseline": (
            "Number {rank} of {count} trainings that can be taken, by {method}: {total}."
        ),
        "factor.gap_closed": "gap closed",
        "factor.hours": "hours",
        "factor.readiness": "readiness",
        "factor.mandatory": "duty",
        "factor.largest_gap": "largest gap",
        "factor.known": "assessed before",
        "factor.cost": "cost",
        "factor.popularity": "completions in the last year",
        "sure": (
            "{competency}: level estimated at {level} ± {spread}, from {count} assessments; after "
            "the training {after}."
        ),
        "sure_never": (
            "{competency}: level first estimated at {level} ± {spread}, never assessed; after the "
            "training {after}."
        ),
        "cost": "Costs {cost} for each participant.",
        "unlocks": "Opens the way to {trainings}.",
        "contrast": "Above {other} because its value is ×{ratio}{reasons}.",
        "contrast_below": "Below {other} because its value is ×{ratio}{reasons}.",
        "contrast_tie": "Equal in value to {other}; the earlier code goes first.",
        "contrast_barred": "{other} cannot be taken, or narrows no gap.",
        "contrast_alone": "There is no other training that can be taken.",
        "contrast.for": ": for it speak {factors}",
        "contrast.against": "; against it {factors}",
        "contrast.only_against": ": against it speak {factors}",
        "method.catalogue": "catalogue order",
        "method.random": "lot",
        "method.popularity": "the number of officers who completed it",
        "method.largest gap": "the largest gap",
    },
}
