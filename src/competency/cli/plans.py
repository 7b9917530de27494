"""A plan in the forms that people use: calendars to import, and the annual plan to sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.screen import console

if TYPE_CHECKING:
    from competency.config import Locale
    from competency.evidence import Evidence
    from competency.planning import Plan


def write_for_people(
    plan: Plan, evidence: Evidence, calendar: Path | None, form: Path | None, locale: Locale
) -> None:
    """Write calendars and the annual plan form where they are asked for, and say where."""
    from competency.reporting import annual_plan_form, write_calendars

    if calendar is not None:
        write_calendars(plan, calendar, locale=locale)
        console.print(f"Calendars: {calendar}", soft_wrap=True)
    if form is not None:
        annual_plan_form(plan, form, locale=locale, evidence=evidence)
        console.print(f"Annual plan form: {form}", soft_wrap=True)
