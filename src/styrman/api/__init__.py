"""The HTTP API: the service's application, and the pieces that a host application takes over.

Everything that the dashboard and the command line can do goes through here; nothing is decided here.
"""

from styrman.api.app import create_app, lifespan
from styrman.api.dependencies import BotManagerDependency, get_bot_manager, own_pages_only
from styrman.api.pages import dashboard
from styrman.api.routes import router

__all__ = ["BotManagerDependency", "create_app", "dashboard", "get_bot_manager", "lifespan", "own_pages_only", "router"]
