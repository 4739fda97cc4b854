"""Policies, schedules and flows of the hub's own. It keeps them; none of them ever starts or copies a backup.

Its machine groups and the executions of its schedules are not asked for: each such read writes rows there
(reference 5.4).
"""

from __future__ import annotations

from typing import Any, TypeVar

from . import wire
from .door import Door, segment
from .errors import Code, HubNotFound
from .records import CopyRule, HubFlow, HubSchedule, Policy
from .times import true_time

T = TypeVar("T")


class Rules:
    """`hub.rules`"""

    def __init__(self, door: Door) -> None:
        self._door = door

    def policies(self) -> list[Policy]:
        """All of them, by name."""
        return [
            Policy(
                id=policy.id,
                name=policy.name,
                enabled=policy.enabled,
                primary_repository_id=policy.primary_repository_id,
                retention_days=policy.retention_days,
                copies=tuple(
                    CopyRule(repository_id=rule.destination_repository_id, mode=rule.copy_mode)
                    for rule in policy.copy_rules or ()
                    if rule.enabled
                ),
            )
            for policy in self._read("policies", list[wire.Policy]) or ()
        ]

    def delete_policy(self, policy_id: str) -> None:
        """Takes it out of the hub, with its rules."""
        path = f"/api/v1/policies/{segment(policy_id)}"
        self._door.write("DELETE", path, dict[str, Any], guarded=True)

    def schedules(self) -> list[HubSchedule]:
        """All of them; they start replications."""
        answer = self._read("schedules", wire.Schedules)
        return [
            HubSchedule(
                id=schedule.id,
                name=schedule.name,
                cron=schedule.cron_expression,
                zone=schedule.timezone or "",
                enabled=schedule.enabled,
            )
            for schedule in (answer and answer.schedules) or ()
        ]

    def flows(self) -> list[HubFlow]:
        """All of them; none where the hub has no such thing."""
        answer = self._read("protection-flows", wire.Flows)
        return [_flow(flow) for flow in (answer and answer.flows) or ()]

    def _read(self, path: str, shape: type[T]) -> T | None:
        """None where this hub has no such route."""
        try:
            return self._door.read(f"/api/v1/{path}", shape, guarded=True)
        except HubNotFound as error:
            if error.code is not Code.ROUTE_MISSING:
                raise
            return None


def _flow(flow: wire.Flow) -> HubFlow:
    status = flow.status or wire.FlowStatus()
    return HubFlow(
        id=flow.id,
        name=flow.name,
        enabled=flow.enabled,
        target_type=flow.target_type,
        target_id=flow.target_id,
        repository_id=flow.repository_id or "",
        schedule_name=flow.schedule_name or "",
        schedule_cron=flow.schedule_cron or "",
        last_status=status.last_execution_status,
        last_run_at=true_time(status.last_execution_time, "last_execution_time"),
    )
