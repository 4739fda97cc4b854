"""All routes of one hub, and a server for them."""

from localhub.hub import Hub
from localhub.web.backup_routes import add_backups
from localhub.web.discovery_routes import add_discovery
from localhub.web.file_routes import add_files
from localhub.web.mount_routes import add_mounts
from localhub.web.platform_routes import add_platform
from localhub.web.repository_routes import add_repositories
from localhub.web.routes import Routes
from localhub.web.rule_routes import add_rules
from localhub.web.server import HubServer
from localhub.web.sessions import Sessions
from localhub.web.vm_routes import add_vms


def server(hub: Hub) -> HubServer:
    """Listening on loopback already; raises OSError when the port can't be had."""
    routes, sessions = Routes(), Sessions(hub)
    add_platform(routes, hub, sessions)
    add_rules(routes, hub, sessions)
    add_vms(routes, hub, sessions)
    add_discovery(routes, hub, sessions)
    add_repositories(routes, hub, sessions)
    add_backups(routes, hub)
    add_mounts(routes, hub)
    add_files(routes, hub)
    return HubServer(hub.options.port, routes, hub.options.answer_limit, hub.options.download_rate)
