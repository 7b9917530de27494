"""Facts of the graph view, on a framework small enough to draw."""

from __future__ import annotations

from datetime import date

import networkx as nx
import pytest

from competency.framework import (
    About,
    Competency,
    Develops,
    EntryRequirement,
    Framework,
    LadderStep,
    MandatoryTraining,
    Position,
    Prerequisite,
    Provider,
    Requirement,
    ScaleLevel,
    Session,
    Tier,
    Training,
    TrainingPrerequisite,
)


@pytest.fixture(scope="module")
def framework() -> Framework:
    return Framework(
        framework=(About(id="f", name="F"),),
        levels=(ScaleLevel(level=1, name="a"), ScaleLevel(level=2, name="b")),
        competencies=(Competency(id="B", name="Data", parent="A"), Competency(id="A", name="Inti")),
        tiers=(Tier(id="t", name="Tingkat"),),
        positions=(Position(id="A", name="Awal", tier="t"), Position(id="B", name="Lanjut")),
        ladder=(LadderStep(position="A", next_position="B"),),
        requirements=(Requirement(position="B", competency="B", level=2, weight=2.0),),
        prerequisites=(
            Prerequisite(competency="B", level=2, requires_competency="A", requires_level=1),
            Prerequisite(competency="B", level=1, requires_competency="A", requires_level=1),
        ),
        providers=(Provider(id="V", name="Balai"),),
        trainings=(
            Training(id="T1", name="Dasar", hours=2.0, provider="V"),
            Training(id="T2", name="Lanjut", hours=2.0),
        ),
        develops=(Develops(training="T2", competency="B", entry_level=1, target_level=2),),
        entry_requirements=(EntryRequirement(training="T2", competency="A", level=1),),
        training_prerequisites=(TrainingPrerequisite(training="T2", requires_training="T1"),),
        mandatory_trainings=(MandatoryTraining(position="A", training="T1"),),
        sessions=(
            Session(id="S", training="T1", start=date(2027, 1, 1), end=date(2027, 1, 2)),
        ),
    )  # fmt: skip


def test_ids_of_different_tables_do_not_meet(framework: Framework) -> None:
    kinds = nx.get_node_attributes(framework.graph, "kind")
    assert kinds == {
        "scale:main": "scale",
        "competency:A": "competency", "competency:B": "competency",
        "tier:t": "tier",
        "position:A": "position", "position:B": "position",
        "provider:V": "provider",
        "training:T1": "training", "training:T2": "training",
        "session:S": "session",
    }  # fmt: skip
    assert framework.graph.nodes["position:A"]["label"] == "Awal"
    assert framework.graph.nodes["position:A"]["row"] is framework.positions[0]
    assert framework.graph.nodes["session:S"]["label"] == "S"


def test_every_relation_is_an_edge(framework: Framework) -> None:
    edges = sorted(framework.graph.edges(data="relation"))
    assert edges == [
        ("competency:A", "competency:B", "prerequisite_of"),
        ("competency:A", "competency:B", "prerequisite_of"),
        ("competency:A", "scale:main", "measured_on"),
        ("competency:B", "competency:A", "parent"),
        ("competency:B", "scale:main", "measured_on"),
        ("position:A", "position:B", "next"),
        ("position:A", "tier:t", "in_tier"),
        ("position:A", "training:T1", "mandatory"),
        ("position:B", "competency:B", "requires"),
        ("session:S", "training:T1", "session_of"),
        ("training:T1", "provider:V", "offered_by"),
        ("training:T1", "training:T2", "prerequisite_of"),
        ("training:T2", "competency:A", "entry"),
        ("training:T2", "competency:B", "develops"),
    ]


def test_edges_carry_their_numbers(framework: Framework) -> None:
    data = framework.graph.get_edge_data("position:B", "competency:B")[0]
    assert data == {
        "relation": "requires", "level": 2, "weight": 2.0, "ceiling": None, "mandatory": False,
    }  # fmt: skip
    steps = framework.graph.get_edge_data("competency:A", "competency:B")
    assert [(step["level"], step["requires_level"]) for step in steps.values()] == [(1, 1), (2, 1)]
    lift = framework.graph.get_edge_data("training:T2", "competency:B")[0]
    assert (lift["entry_level"], lift["target_level"], lift["success"]) == (1, 2, 0.7)


def test_it_is_built_once_and_in_the_order_of_ids(framework: Framework) -> None:
    assert framework.graph is framework.graph
    turned = Framework(**{name: getattr(framework, name)[::-1] for name in Framework.model_fields})
    assert list(turned.graph) == list(framework.graph)
    assert list(turned.graph.edges(data="relation")) == list(framework.graph.edges(data="relation"))


def test_it_answers_a_question_of_networkx(framework: Framework) -> None:
    reach = nx.descendants(framework.graph, "session:S")
    assert {"training:T1", "training:T2", "competency:B", "provider:V"} <= reach
    assert "position:A" not in reach
