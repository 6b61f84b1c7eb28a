"""Every path, as one router: what the service serves and what a host application includes under a prefix of its own."""

from fastapi import APIRouter

from styrman.api import bot_control, bot_queries, bulk, fleet, force, health, inventory, legacy, portfolio, records, session, stream

# Flat, the most asked path first: a router included in a router costs each request twenty microseconds a level.
router = APIRouter()
for part in (bot_queries, fleet, bot_control, force, bulk, inventory, portfolio, records, stream, session, health, legacy):
    router.routes.extend(part.router.routes)
