"""First run, profile, theme; sign-in and sign-out are allauth's, in our frame."""

from allauth.account.views import LoginView, LogoutView
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from sendense_portal.audit import log
from sendense_portal.audit.models import Outcome
from sendense_portal.tenancy import first_run as first_run_link
from sendense_portal.tenancy.access import public, require
from sendense_portal.tenancy.forms import FirstRunForm, ProfileForm
from sendense_portal.tenancy.models import Theme, User
from sendense_portal.tenancy.requests import PortalRequest
from sendense_portal.tenancy.roles import Action, ProviderRole
from sendense_portal.ui.pages import page

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

sign_in = public(LoginView.as_view(template_name="tenancy/sign_in.html"))
sign_out = public(LogoutView.as_view(template_name="tenancy/sign_out.html"))


@public
@sensitive_post_parameters("password1", "password2")
def first_run(request: HttpRequest, token: str) -> HttpResponse:
    """Makes the first administrator and signs them in; the link is void afterwards."""
    if not first_run_link.is_valid(token):
        raise Http404("not found")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = User.objects.create_user(
            form.cleaned_data["email"],
            form.cleaned_data["password1"],
            name=form.cleaned_data["name"],
            provider_role=ProviderRole.ADMIN,
        )
        login(request, person, backend=BACKEND)
        log.record(log.Actor.of(request), "person.first_run", Outcome.OK, person, role=person.provider_role)
        return redirect("dashboard")
    return page(request, "tenancy/first_run.html", {"form": form})


@require(Action.PROFILE_EDIT)
@sensitive_post_parameters()
def profile(request: PortalRequest) -> HttpResponse:
    """A person's own name, time zone, theme and password; two forms, told apart by their button."""
    person = User.objects.get(pk=request.user.pk)
    changing_password = "change_password" in request.POST
    form = ProfileForm(request.POST if request.POST and not changing_password else None, instance=person)
    password_form = PasswordChangeForm(person, request.POST if changing_password else None)
    # Django would put the cursor there; the page begins with the profile.
    password_form.fields["old_password"].widget.attrs.pop("autofocus", None)
    if changing_password and password_form.is_valid():
        password_form.save()
        update_session_auth_hash(request, person)
        log.record(log.Actor.of(request), "person.password_change", Outcome.OK, person)
        messages.success(request, _("Your password was changed. Other sessions were signed out."))
        return redirect("profile")
    if request.method == "POST" and not changing_password and form.is_valid():
        form.save()
        messages.success(request, _("Your profile was saved."))
        return redirect("profile")
    return page(request, "tenancy/profile.html", {"form": form, "password_form": password_form})


@require(Action.PROFILE_EDIT)
@require_POST
def set_theme(request: PortalRequest) -> HttpResponse:
    """The theme switch at the foot of the navigation; goes back to where it was pressed."""
    theme = request.POST.get("theme")
    if theme in Theme.values:
        User.objects.filter(pk=request.user.pk).update(theme=theme)
    back = request.POST.get("next", "/")
    return redirect(back if url_has_allowed_host_and_scheme(back, None) else "/")
