"""What the applicants' pages are given, made once by `make_app`. Asks no question of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from intake.applicant.limits import Limit
from intake.casework import Cases
from intake.settings import Desk
from intake.tokens import Tokens
from rules.case import Conduct

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "applicant"
FILES: Final = {"applicant.css": "text/css", "save.js": "text/javascript", "icon.svg": "image/svg+xml"}
HOUR, DAY = 3_600, 86_400


class View:
    """The templates. Everything is escaped; an unknown name in a template is an error, not a blank."""

    def __init__(self, folder: Path, desk: Desk) -> None:
        self.files = {name: (folder / name).read_bytes() for name in FILES}
        self._pages = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        version = sha256(b"".join(self.files.values())).hexdigest()[:12]
        self._pages.globals.update(desk_name=desk.name, desk_address=desk.address, version=version)

    def page(self, name: str, *, status: int = 200, up: str = "", **values: object) -> HTMLResponse:
        """A template of that name, filled in. `up`: the way from the page to where the paths begin («../»)."""
        return HTMLResponse(self._pages.get_template(name).render(values | {"up": up}), status_code=status)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often: saves on one personal page and from one address, forms from one address and of one e-mail address."""

    page: Limit
    page_address: Limit
    form_address: Limit
    form_email: Limit

    @classmethod
    def usual(cls) -> "Limits":
        """As a school with one address on the internet can live with them."""
        return cls(Limit(120, HOUR), Limit(600, HOUR), Limit(20, HOUR), Limit(FORMS_A_DAY, DAY))


FORMS_A_DAY: Final = 5  # forms of one e-mail address


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """The pages' surroundings. `taken_in`: rings for kept letters to be taken in; `queued`: for replies to be sent."""

    cases: Cases
    conduct: Conduct
    desk: Desk
    tokens: Tokens
    taken_in: Callable[[], None]
    queued: Callable[[], None]
    view: View
    limits: Limits
    site: str
