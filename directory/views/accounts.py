"""Accounts, for the security administrator."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.forms import AccountForm, AccountRolesForm, ReasonForm
from directory.models import User
from directory.selectors import accounts as reading
from directory.services import accounts as services
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = [
    "account",
    "account_disable",
    "account_enable",
    "account_new",
    "account_reset",
    "account_roles",
    "accounts",
    "password_change",
]

PAGE_SIZE = 100
security = page_required(Page.ACCOUNTS)


@require_GET
@security
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts with their roles."""
    rows = reading.accounts_listed(query=request.GET.get("q", "")[:60])
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "directory/accounts.html", {"page": page, "q": request.GET.get("q", "")[:60]})


@never_cache
@require_http_methods(["GET", "POST"])
@security
def account_new(request: HttpRequest) -> HttpResponse:
    """Make an account; its temporary password is shown on the answer, once."""
    form = AccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person, password = services.account_create(user=request.user, entry=form.entry())
        except BadInput as error:
            errors_into_form(form, error)
        else:
            return _secret(request, person, password)
    return render(request, "directory/account_form.html", {"form": form}, status=400 if form.errors else 200)


def _secret(request: HttpRequest, person: User, password: str) -> HttpResponse:
    return render(request, "directory/account_secret.html", {"person": person, "password": password})


@require_GET
@security
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one account."""
    return _account_page(request, pk)


def _account_page(
    request: HttpRequest,
    pk: int,
    *,
    roles: AccountRolesForm | None = None,
    reason: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person = reading.account_get(pk)
    context = {
        "person": person,
        "own": person.pk == request.user.pk,
        "roles_form": roles or AccountRolesForm(initial={"roles": reading.role_names(person)}),
        "form": reason or ReasonForm(label=_("停用理由")),
        "appointments": reading.appointments_of(person),
        "history": reading.account_history(person),
    }
    return render(request, "directory/account.html", context, status=status)


@require_POST
@security
def account_roles(request: HttpRequest, pk: int) -> HttpResponse:
    """Set the administrative roles."""
    form = AccountRolesForm(request.POST)
    if form.is_valid():
        try:
            services.account_roles_set(user=request.user, account_id=pk, roles=form.cleaned_data["roles"])
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("角色已保存。"))
            return redirect("account", pk=pk)
    return _account_page(request, pk, roles=form, status=400)


@require_POST
@security
def account_disable(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account off."""
    form = ReasonForm(request.POST, label=_("停用理由"))
    if not form.is_valid():
        return _account_page(request, pk, reason=form, status=400)
    services.account_disable(user=request.user, account_id=pk, reason=form.cleaned_data["reason"])
    messages.success(request, _("账号已停用，其登录已经中断。"))
    return redirect("account", pk=pk)


@require_POST
@security
def account_enable(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account on again."""
    services.account_enable(user=request.user, account_id=pk)
    messages.success(request, _("账号已启用。"))
    return redirect("account", pk=pk)


@never_cache
@require_POST
@security
def account_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a new temporary password, shown once."""
    person, password = services.account_reset(user=request.user, account_id=pk)
    return _secret(request, person, password)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
def password_change(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other sessions and the API token end."""
    form = PasswordChangeForm(request.user, request.POST or None)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        person = services.account_password_change(user=request.user, password=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, person)
        messages.success(request, _("密码已修改；在其他设备上的登录已经中断。"))
        return redirect("desk")
    return render(request, "directory/password.html", {"form": form}, status=400 if form.errors else 200)
