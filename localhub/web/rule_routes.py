"""Policies, schedules and flows (reference, 5.4, 10 and 11): made and listed; nothing ever follows them.

Reading groups would write rows at the hub, so there is nothing to read of them here.
"""

import json
import sqlite3
from typing import Any

from localhub.clocks import now
from localhub.hub import Hub
from localhub.options import Dialect
from localhub.rules import NameTaken
from localhub.web.answers import Answer, ok, text
from localhub.web.requests import BadBody, Request, decoded
from localhub.web.routes import Routes
from localhub.web.sessions import Sessions

JOINED = ("repository_name", "schedule_name", "schedule_cron")
"""What the answer to making a flow lacks."""
MODES = ("immediate", "scheduled", "manual")


class RuleRoutes:
    def __init__(self, hub: Hub) -> None:
        self.hub, self.rules = hub, hub.rules

    def policies(self, request: Request) -> Answer:
        return ok([self.policy(row) for row in self.rules.rows("policy")])

    def one_policy(self, request: Request) -> Answer:
        name = request.values["policy_id"]
        row = self.rules.get("policy", name)
        return ok(self.policy(row)) if row else text(404, f"Policy not found: policy not found: {name}")

    def create_policy(self, request: Request) -> Answer:
        try:
            body = request.json(
                "CreatePolicyRequest", name=str, enabled=bool, primary_repository_id=str, retention_days=int
            )
        except BadBody as error:
            return text(400, f"Invalid request body: {error}")
        for name, said in (("name", "Policy name"), ("primary_repository_id", "Primary repository")):
            if not body[name]:
                return text(400, f"{said} is required")
        if self.hub.repositories.get(body["primary_repository_id"]) is None:
            return text(500, "Failed to create policy: primary repository not found")
        body["copy_rules"] = decoded(request.body).get("copy_rules") or []
        for rule in body["copy_rules"]:
            destination = rule.get("destination_repository_id", "")
            if destination == body["primary_repository_id"] or not self.hub.repositories.get(destination):
                return text(500, "Failed to create policy: invalid copy rule: destination repository")
        try:
            row = self.rules.add("policy", body["name"], body)
        except NameTaken:
            return text(500, f"Failed to create policy: Error 1062 (23000): Duplicate entry '{body['name']}'")
        # The hub has written the policy before it looks at the rules, and leaves it there.
        if any(rule.get("copy_mode") not in MODES for rule in body["copy_rules"]):
            return text(500, "Failed to create policy: Error 1265 (01000): Data truncated for 'copy_mode'")
        return ok(self.policy(row) | {"copy_rules": body["copy_rules"]}, 201)

    def delete_policy(self, request: Request) -> Answer:
        name = request.values["policy_id"]
        if not self.rules.delete("policy", name):
            return text(500, f"Failed to delete policy: policy not found: {name}")
        return ok({"message": "Policy deleted successfully", "id": name})

    def policy(self, row: sqlite3.Row) -> dict[str, Any]:
        body, made = json.loads(row["body"]), self.hub.clock.listed(row["created_at"])
        names = ("name", "enabled", "primary_repository_id", "retention_days")
        said = {name: body[name] for name in names}
        return {"id": row["id"], **said, "copy_rules": body["copy_rules"] or None} | {
            "created_at": made, "updated_at": made,
        }  # fmt: skip

    def schedules(self, request: Request) -> Answer:
        shown = [self.schedule(row) for row in self.rules.rows("schedule")]
        on = sum(row["enabled"] for row in shown)
        counts = {"total_count": len(shown), "enabled_count": on, "disabled_count": len(shown) - on}
        return ok({"schedules": shown, **counts, "retrieved_at": self.hub.clock.precise(now())})

    def create_schedule(self, request: Request) -> Answer:
        body = decoded(request.body)
        return ok(self.schedule(self.rules.add("schedule", body["name"], body)), 201)

    def schedule(self, row: sqlite3.Row) -> dict[str, Any]:
        """What is false or 0 becomes the column's default, as with the hub."""
        body, made = json.loads(row["body"]), self.hub.clock.offset(row["created_at"])
        return {
            "id": row["id"], "name": row["name"], "description": body.get("description"),
            "cron_expression": body["cron_expression"], "timezone": body.get("timezone", ""),
            "skip_if_running": True, "max_concurrent_jobs": body.get("max_concurrent_jobs") or 1,
            "replication_type": "auto", "retry_attempts": 3, "retry_delay_minutes": 30, "enabled": True,
            "created_by": "api", "created_at": made, "updated_at": made,
        }  # fmt: skip

    def flows(self, request: Request) -> Answer:
        shown = [self.flow(row) for row in self.rules.rows("flow", "created_at DESC")]
        return ok({"flows": shown, "total": len(shown)})

    def one_flow(self, request: Request) -> Answer:
        name = request.values["flow_id"]
        row = self.rules.get("flow", name)
        unknown = {"details": f"flow not found: {name}", "error": "Flow not found"}
        return ok(self.flow(row)) if row else ok(unknown, 404)

    def create_flow(self, request: Request) -> Answer:
        body = decoded(request.body)
        if body.get("flow_type") not in ("backup", "replication"):
            said = "validation failed: flow_type must be 'backup' or 'replication'"
            return ok({"details": said, "error": "Failed to create flow"}, 500)
        made = self.flow(self.rules.add("flow", body["name"], body))
        return ok({name: value for name, value in made.items() if name not in JOINED}, 201)

    def flow(self, row: sqlite3.Row) -> dict[str, Any]:
        body, made = json.loads(row["body"]), self.hub.clock.offset(row["created_at"])
        names = ("description", "flow_type", "target_type", "target_id", "repository_id", "policy_id")
        shown = {"id": row["id"], "name": row["name"]}
        shown |= {name: body[name] for name in names if body.get(name)}
        if repository := self.hub.repositories.get(body.get("repository_id", "")):
            shown["repository_name"] = repository["name"]
        if schedule := self.rules.get("schedule", body.get("schedule_id", "")):
            cron = json.loads(schedule["body"])["cron_expression"]
            shown |= {"schedule_id": schedule["id"], "schedule_name": schedule["name"], "schedule_cron": cron}
        status = {"total_executions": 0, "successful_executions": 0, "failed_executions": 0}
        return shown | {
            "enabled": True, "status": {"last_execution_status": "pending", **status},
            "created_at": made, "updated_at": made, "created_by": "system",
        }  # fmt: skip


def add_rules(routes: Routes, hub: Hub, sessions: Sessions) -> None:
    found = RuleRoutes(hub)
    table = [
        ("GET", "policies", found.policies),
        ("POST", "policies", found.create_policy),
        ("GET", "policies/{policy_id}", found.one_policy),
        ("DELETE", "policies/{policy_id}", found.delete_policy),
        ("GET", "schedules", found.schedules),
        ("POST", "schedules", found.create_schedule),
    ]
    if hub.options.dialect is Dialect.TODAY:
        table += [
            ("GET", "protection-flows", found.flows),
            ("POST", "protection-flows", found.create_flow),
            ("GET", "protection-flows/{flow_id}", found.one_flow),
        ]
    for method, path, handle in table:
        routes.add(method, f"/api/v1/{path}", sessions.guarded(handle))
