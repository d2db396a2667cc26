"""One server, two houses: applicants' paths go to the applicants' pages, everything else to the desk.

A proxy that is to show the applicants' pages to the world shows these paths and no others.
"""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

EXACT: Final = "/form"
BELOW: Final = ("/p/", "/form/", "/applicant-static/")


class Front:
    """Passes each request on by the beginning of its path, taken as it is: «/p/../tickets» is no page of either."""

    def __init__(self, applicants: ASGIApp, desk: ASGIApp) -> None:
        self._applicants, self._desk = applicants, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand one request to whom it belongs."""
        path = scope.get("path", "")
        theirs = scope["type"] == "http" and (path == EXACT or path.startswith(BELOW))
        await (self._applicants if theirs else self._desk)(scope, receive, send)
