"""Health, and the lists of resources that localhub does not have: a client's reads still work."""

import time

from localhub.clocks import now
from localhub.hub import Hub
from localhub.options import Dialect
from localhub.web.answers import Answer, ok
from localhub.web.requests import BadBody, Request
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
    """Copies, groups and replications: nothing of them here."""

    def copies(request: Request) -> Answer:
        return ok([])

    def groups(request: Request) -> Answer:
        return ok({"groups": [], "total_count": 0, "retrieved_at": hub.clock.utc()})

    def flow_summary(request: Request) -> Answer:
        names = ("total_flows", "enabled_flows", "disabled_flows", "backup_flows", "replication_flows")
        today = ("total_executions_today", "successful_executions_today", "failed_executions_today")
        return ok(dict.fromkeys((*names, *today), 0))

    def replications(request: Request) -> Answer:
        return ok([])

    def replicate(request: Request) -> Answer:
        """There is no target here to replicate to, which a hub says of itself in this way."""
        try:
            body = request.json("ReplicationCreate", source_vm=dict, ossea_config_id=int)
        except BadBody as error:
            return refusal("Invalid request body", str(error))
        if not all(body["source_vm"].get(name) for name in ("id", "name", "path")):
            return refusal("Missing required fields", "source_vm needs id, name and path")
        if not body["ossea_config_id"]:
            return refusal("Missing required fields", "ossea_config_id is required")
        return refusal("CloudStack prerequisites not met", "no CloudStack configuration is active")

    def refusal(error: str, details: str) -> Answer:
        return ok({"error": error, "details": details, "timestamp": hub.clock.offset(now())}, 400)

    routes.add("POST", "/api/v1/replications", sessions.guarded(replicate))
    lists = {
        "/api/v1/backups/{backup_id}/copies": copies,
        "/api/v1/machine-groups": groups,
        "/api/v1/replications": replications,
    }
    if hub.options.dialect is Dialect.TODAY:
        lists["/api/v1/protection-flows/summary"] = flow_summary
    for pattern, handle in lists.items():
        routes.add("GET", pattern, sessions.guarded(handle))
