"""Pages whose API refuses: roles come later, so the refusals are put in front of the real answers. Each page says so and stands."""

import pytest
from playwright.async_api import Route, expect

from acceptance.service import Service
from e2e.desk import SitDown
from e2e.house import TRADER

WHY = "Your role does not reach this far."
REFUSAL = {"type": "about:blank", "title": "Forbidden", "status": 403, "code": "forbidden", "detail": WHY, "errors": []}


async def refuse(route: Route) -> None:
    await route.fulfill(status=403, json=REFUSAL, content_type="application/problem+json")


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("", "fleet"),
        ("portfolio", "portfolio"),
        ("orders", "orders"),
        ("events", "events"),
        ("system", "system"),
        ("strategies", "strategies"),
        (f"bots/{TRADER}", f"bots/{TRADER}"),
        ("new", "strategies"),
    ],
)
async def test_what_is_refused_is_said_where_it_would_stand(house: Service, sit_down: SitDown, path: str, refused: str) -> None:
    desk = await sit_down(house)
    desk.excuse("status of 403")
    await desk.context.route(f"**/api/v1/{refused}", refuse)
    await desk.context.route(f"**/api/v1/{refused}?*", refuse)
    page = await desk.open(path)

    await expect(page.get_by_role("main").get_by_text("You may not see this").first).to_be_visible()
    await expect(page.get_by_role("main").get_by_text(WHY).first).to_be_visible()
    await expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def test_a_command_that_is_refused_says_why(house: Service, sit_down: SitDown) -> None:
    desk = await sit_down(house)
    desk.excuse("status of 403")
    await desk.context.route(f"**/api/v1/bots/{TRADER}/pause", refuse)
    page = await desk.open(f"?q={TRADER}")
    await page.get_by_role("button", name=f"Pause {TRADER}").click()

    notice = page.get_by_role("alert").filter(has_text=f"Pausing {TRADER} failed")
    await expect(notice).to_contain_text(WHY)
    await expect(page.get_by_role("row", name=TRADER, exact=True)).not_to_contain_text("Paused")
