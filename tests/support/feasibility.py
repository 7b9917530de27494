"""A checker of plans that shares no code with the planner.

It reads the tables of the framework, the beliefs and the frame of the plan, walks through every
officer's steps in plain Python, and says everything that breaks a rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import get_args

import pandas as pd

from competency.framework.model import ClassicalForm

SMALL = 1e-6


class Rules:
    """The tables of a framework, looked up by id."""

    def __init__(self, framework, *, config, as_of):
        self.config, self.as_of = config, as_of
        self.last_day = as_of + timedelta(days=config.horizon_days)
        self.trainings = {row.id: row for row in framework.trainings}
        self.sessions = {row.id: row for row in framework.sessions}
        self.until = {row.id: row.accreditation_valid_until for row in framework.providers}
        self.develops, self.asks, self.before = (defaultdict(list) for _ in range(3))
        for row in framework.develops:
            self.develops[row.training].append(row)
        for row in framework.entry_requirements:
            self.asks[row.training].append((row.competency, row.level))
        for row in framework.training_prerequisites:
            self.before[row.training].append(row.requires_training)
        self.dated = {row.training for row in framework.sessions}
        if framework.sessions:
            classical = get_args(ClassicalForm)
            self.dated |= {row.id for row in framework.trainings if row.form in classical}

    def entry_levels(self, training):
        """Levels to bring: entry requirements, and entry levels of what is developed."""
        asked = {}
        pairs = [(d.competency, d.entry_level) for d in self.develops[training] if d.entry_level]
        for competency, level in pairs + self.asks[training]:
            asked[competency] = max(level, asked.get(competency, 0))
        return asked


class Person:
    """One officer who takes steps: chances of levels, what is behind, hours and money spent."""

    def __init__(self, rules, chances, worth, region, passed):
        self.rules, self.chances, self.worth = rules, chances, worth
        self.region, self.behind = region, set(passed)
        self.hours = self.cost = 0.0
        self.last_day = rules.as_of
        self.said = []

    def take(self, step):
        """Check one step, and then let it change the levels."""
        training = self.rules.trainings[step.training]
        for check in (self._in_time, self._open, self._entered, self._session):
            self.said += [f"{step.training}: {text}" for text in check(step, training)]
        gain = self._learn(step.training)
        if abs(gain - step.gap_closed) > SMALL:
            self.said.append(f"{step.training}: closes {gain}, not {step.gap_closed}")
        self.behind.add(step.training)
        self.hours += training.hours
        self.cost += training.cost or 0.0
        self.last_day = step.end.date()

    def finish(self):
        """Check the sums."""
        config = self.rules.config
        if self.hours > config.hours + SMALL:
            self.said.append(f"{self.hours} hours of {config.hours}")
        if config.cost is not None and self.cost > config.cost + SMALL:
            self.said.append(f"cost {self.cost} of {config.cost}")
        return self.said

    def _in_time(self, step, training):
        start, end = step.start.date(), step.end.date()
        if not self.last_day < start <= end <= self.rules.last_day:
            yield "before the step ahead of it is over, or out of the horizon"
        if not step.session:
            days = max(1, -int(-training.hours // self.rules.config.hours_per_day))
            if (end - start).days + 1 < days:
                yield "too short"

    def _open(self, step, training):
        if step.training in self.behind:
            yield "taken before"
        if training.region not in ("", self.region):
            yield "for another region"
        until = self.rules.until.get(training.provider)
        day = step.end.date() if step.session else self.rules.as_of
        if self.rules.config.accredited_only and until is not None and day > until:
            yield "accreditation has lapsed"

    def _entered(self, step, training):
        for other in self.rules.before[step.training]:
            if other not in self.behind:
                yield f"before {other}"
        asked = self.rules.entry_levels(step.training)
        held = [min(self._held(c), level) / level for c, level in asked.items()]
        if held and sum(held) / len(held) < training.entry_match - SMALL:
            yield "without its entry levels"

    def _session(self, step, _training):
        session = self.rules.sessions.get(step.session)
        if session is None:
            if step.session or step.training in self.rules.dated:
                yield "needs a session"
            return
        days = (session.training, session.start, session.end)
        if days != (step.training, step.start.date(), step.end.date()):
            yield f"session {session.id} is another"
        if session.region not in ("", self.region):
            yield f"session {session.id} is for another region"

    def _held(self, competency):
        chances = self.chances[competency]
        reached = [k for k in range(len(chances)) if sum(chances[k:]) >= self._sure() - SMALL]
        return max([0, *reached])

    def _sure(self):
        return self.rules.config.entry_probability or 0.5  # as rankers take it by default

    def _learn(self, training):
        closed = 0.0
        for row in self.rules.develops[training]:
            before = self.chances[row.competency]
            after = list(before)
            for level in range(row.entry_level, row.target_level):
                after[level] -= before[level] * row.success
                after[row.target_level] += before[level] * row.success
            worth = self.worth[row.competency]
            for k in range(1, len(before)):
                closed += worth[k] * (sum(after[k:]) - sum(before[k:]))
            self.chances[row.competency] = after
        return closed


def infeasible(plan, *, passed=(), shared=True):
    """Return every rule that a plan breaks, as sentences; `passed` are (officer row, training)."""
    ranking, config = plan.ranking, plan.config
    if config.entry_probability is None:
        config = config.model_copy(update={"entry_probability": ranking.entry_probability})
    levels = ranking.gaps.levels
    rules = Rules(levels.framework, config=config, as_of=levels.as_of)
    assert isinstance(levels.as_of, date)
    frame = plan.to_frame()
    frame["session"] = frame["session"].fillna("")
    names = sorted(row.id for row in levels.framework.competencies)
    row_of = {name: row for row, name in enumerate(levels.roster.officer_ids)}
    said = []
    for officer, steps in frame.groupby("officer", sort=True):
        row = row_of[officer]
        person = Person(
            rules,
            {c: [float(x) for x in levels.probs[row, i]] for i, c in enumerate(names)},
            {c: [float(x) for x in ranking.worth[row, i]] for i, c in enumerate(names)},
            levels.roster.region[row],
            [training for who, training in passed if who == row],
        )
        for step in steps.sort_values("order").itertuples():
            person.take(step)
        said += [f"officer {row}: {text}" for text in person.finish()]
    return said + (oversold(frame, levels.framework) if shared else [])


def oversold(frame: pd.DataFrame, framework) -> list[str]:
    """Return sessions and trainings without dates that more officers take than have seats."""
    seats = {row.id: row.seats for row in framework.sessions}
    yearly = {row.id: row.yearly_seats for row in framework.trainings}
    sessions = Counter(frame.loc[frame["session"] != "", "session"])
    others = Counter(frame.loc[frame["session"] == "", "training"])
    found = [f"{s}: {n} of {seats[s]}" for s, n in sessions.items() if over(n, seats[s])]
    return found + [f"{t}: {n} of {yearly[t]}" for t, n in others.items() if over(n, yearly[t])]


def over(count, seats):
    """Whether there are seats, and fewer than `count`."""
    return seats is not None and count > seats
