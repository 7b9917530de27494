"""Instruments of Kirkpatrick's levels 1 to 4: forms, reading, and whether they can answer."""

from competency.evaluation.instruments.design import (
    InstrumentDesign,
    check_instrument,
    planned_power,
)
from competency.evaluation.instruments.forms import write_instrument_template
from competency.evaluation.instruments.power import Power, power_by_simulation
from competency.evaluation.instruments.read import read_instruments
from competency.evaluation.instruments.responses import InstrumentResponses, check_responses
from competency.evaluation.instruments.returns import results_table, returns_table

__all__ = [
    "InstrumentDesign",
    "InstrumentResponses",
    "Power",
    "check_instrument",
    "check_responses",
    "planned_power",
    "power_by_simulation",
    "read_instruments",
    "results_table",
    "returns_table",
    "write_instrument_template",
]
