"""One's own second factor: set up with a picture, switched off, new recovery codes (shown once, kept as hashes)."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from intake.desk.access import said, second_factor
from intake.desk.access.entrance import Entrance, log
from intake.desk.access.gate import the_one
from intake.desk.access.profile import Profile, back, why_refused
from intake.desk.access.sign_in import Form
from intake.desk.deps import View


def router(view: View, entrance: Entrance) -> APIRouter:
    """`/me/second-factor`, `/me/second-factor/off`, `/me/recovery-codes`."""
    routes = APIRouter()
    _setting_up(routes, view, entrance)
    _having(routes, view, entrance)
    return routes


def _setting_up(routes: APIRouter, view: View, entrance: Entrance) -> None:
    def show(request: Request, secret: str, wrong: Mapping[str, str], status: int = 200) -> HTMLResponse:
        me = the_one(request)
        return view.page(
            "access/second_factor.html",
            request=request,
            status=status,
            picture=second_factor.picture(secret, me.email),
            secret=secret,
            grouped=second_factor.grouped(secret),
            account=me.account,
            wrong=wrong,
        )

    @routes.get("/me/second-factor")
    def set_up_second_factor(request: Request) -> HTMLResponse:
        return show(request, second_factor.new_secret(), {})

    @routes.post("/me/second-factor")
    def second_factor_on(request: Request, form: Form) -> HTMLResponse:
        me, secret, now = the_one(request), form.get("secret", ""), entrance.now()
        if not second_factor.is_secret(secret):
            return show(request, second_factor.new_secret(), {"code": said.WRONG_FIRST_CODE}, 422)
        if refused := entrance.proves(request, me.account, form.get("current", "")):
            words, status = why_refused(refused)
            return show(request, secret, {"current": words}, status)
        step = second_factor.step_of(secret, form.get("code", ""), now)
        if step is None:
            return show(request, secret, {"code": said.WRONG_FIRST_CODE}, 422)

        def keep(hashes: list[str]) -> None:
            with entrance.store.writing() as work:
                work.access.set_second_factor(me.account.id, secret, hashes, step, now)
                work.access.end_sessions(me.account.id, but=me.session.id if me.session else None)
                log(work, me.account, now, "second factor on")

        return _fresh_codes(view, request, keep)


def _having(routes: APIRouter, view: View, entrance: Entrance) -> None:
    page = Profile(view, entrance)

    @routes.post("/me/second-factor/off")
    def second_factor_off(request: Request, form: Form) -> Response:
        me = the_one(request)
        if refused := entrance.proves(request, me.account, form.get("current", "")):
            return page.refused(request, refused, "factor")
        with entrance.store.writing() as work:
            work.access.set_second_factor(me.account.id, "", (), 0, entrance.now())
            log(work, me.account, entrance.now(), "second factor off")
        return back("second-factor-off")

    @routes.post("/me/recovery-codes")
    def new_recovery_codes(request: Request, form: Form) -> HTMLResponse:
        me = the_one(request)
        if not me.account.totp_secret:
            return page.show(request)
        if refused := entrance.proves(request, me.account, form.get("current", "")):
            return page.refused(request, refused, "factor")

        def keep(hashes: list[str]) -> None:
            with entrance.store.writing() as work:
                work.access.set_recovery(me.account.id, hashes)
                log(work, me.account, entrance.now(), "recovery codes")

        return _fresh_codes(view, request, keep)


def _fresh_codes(view: View, request: Request, keep: Callable[[list[str]], None]) -> HTMLResponse:
    codes = second_factor.recovery_codes()
    keep([second_factor.kept_code(one) for one in codes])
    return view.page("access/codes.html", request=request, codes=codes)
