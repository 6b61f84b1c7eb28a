"""What reads are asked for: pages, filters. One place for their limits."""

from typing import Annotated

from fastapi import Depends, Query

from styrman.ports import PageRequest

MAX_PAGE = 1000
_MAX_SEQ = 2**63 - 1  # what a database's integer holds

Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


async def page_request(limit: Limit = 100, cursor: Annotated[int | None, Query(ge=0, le=_MAX_SEQ)] = None) -> PageRequest:
    """Return the page of history that is asked for, newest first."""
    return PageRequest(limit=limit, cursor=cursor)


PageDependency = Annotated[PageRequest, Depends(page_request)]


def words(listed: str) -> tuple[str, ...]:
    """Return the parts of a comma-separated list."""
    return tuple(part for word in listed.split(",") if (part := word.strip()))
