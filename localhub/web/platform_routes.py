"""Health, and the lists of resources that localhub does not have: a client's reads still work."""

import time

from localhub.clocks import now
from localhub.hub import Hub
from localhub.options import Dialect
from localhub.web.answers import Answer, ok, text
from localhub.web.requests import Request
from localhub.web.routes import Routes
from localhub.web.sessions import Sessions


def add_platform(routes: Routes, hub: Hub, sessions: Sessions) -> None:
    begun = time.monotonic()
    older = hub.options.dialect is Dialect.OLDER

    def health(request: Request) -> Answer:
        return ok(
            {
                "database": "connected",
                "service": "OMA API" if older else "SHA API",
                "status": "healthy",
                "timestamp": hub.clock.utc(),
                "version": "1.0.0",
            }
        )

    def debug(request: Request) -> Answer:
        seconds = time.monotonic() - begun
        return ok(
            {
                "success": True,
                "message": "System health information retrieved successfully",
                "system_info": {
                    "timestamp": hub.clock.precise(now()),
                    "uptime": f"{int(seconds // 3600)}h{int(seconds // 60 % 60)}m{seconds % 60:.9f}s",
                },
            }
        )

    routes.add("GET", "/health", health)
    routes.add("GET", "/api/v1/debug/health", debug)
    routes.add("POST", "/api/v1/auth/login", sessions.login)
    add_empty(routes, hub, sessions)


def add_empty(routes: Routes, hub: Hub, sessions: Sessions) -> None:
    """Policies, groups, schedules and flows: nothing of them here yet."""

    def moment() -> str:
        return hub.clock.utc()

    def policies(request: Request) -> Answer:
        return ok([])

    def policy(request: Request) -> Answer:
        return text(404, f"Policy not found: policy not found: {request.values['policy_id']}")

    def groups(request: Request) -> Answer:
        return ok({"groups": [], "total_count": 0, "retrieved_at": moment()})

    def schedules(request: Request) -> Answer:
        counts = {"total_count": 0, "enabled_count": 0, "disabled_count": 0}
        return ok({"schedules": [], **counts, "retrieved_at": hub.clock.precise(now())})

    def flows(request: Request) -> Answer:
        return ok({"flows": [], "total": 0})

    def flow_summary(request: Request) -> Answer:
        names = ("total_flows", "enabled_flows", "disabled_flows", "backup_flows", "replication_flows")
        today = ("total_executions_today", "successful_executions_today", "failed_executions_today")
        return ok(dict.fromkeys((*names, *today), 0))

    def flow(request: Request) -> Answer:
        name = request.values["flow_id"]
        return ok({"details": f"flow not found: {name}", "error": "Flow not found"}, 404)

    lists = {
        "/api/v1/policies": policies,
        "/api/v1/policies/{policy_id}": policy,
        "/api/v1/backups/{backup_id}/copies": policies,
        "/api/v1/machine-groups": groups,
        "/api/v1/schedules": schedules,
    }
    if hub.options.dialect is Dialect.TODAY:
        lists |= {
            "/api/v1/protection-flows": flows,
            "/api/v1/protection-flows/summary": flow_summary,
            "/api/v1/protection-flows/{flow_id}": flow,
        }
    for pattern, handle in lists.items():
        routes.add("GET", pattern, sessions.guarded(handle))
