"""Routes about people."""

from django.urls import include, path

from sendense_portal.people.views import accounts, invitations, members, passwords, roles, sessions

people_routes = [
    path("people/", members.person_list, name="person_list"),
    path("people/invite/", invitations.person_invite, name="person_invite"),
    path("people/invitations/<uuid:pk>/again/", invitations.invitation_again, name="invitation_again"),
    path("people/invitations/<uuid:pk>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("people/members/<int:pk>/", members.member_detail, name="member_detail"),
    path("people/members/<int:pk>/role/", members.member_role, name="member_role"),
    path("people/members/<int:pk>/remove/", members.member_remove, name="member_remove"),
    path("people/members/<int:pk>/password/", members.member_password, name="member_password"),
    path("people/accounts/<uuid:pk>/", accounts.account_detail, name="account_detail"),
    path("people/accounts/<uuid:pk>/role/", accounts.account_role, name="account_role"),
    path("people/accounts/<uuid:pk>/switch/", accounts.account_switch, name="account_switch"),
    path("people/accounts/<uuid:pk>/sessions/", accounts.account_sessions, name="account_sessions"),
    path("people/accounts/<uuid:pk>/password/", accounts.account_password, name="account_password"),
    path("roles/", roles.role_list, name="role_list"),
    path("customer/", roles.customer_switch, name="customer_switch"),
    path("profile/sessions/", sessions.session_list, name="session_list"),
    path("profile/sessions/others/", sessions.sessions_end_others, name="sessions_end_others"),
    path("profile/sessions/<int:pk>/end/", sessions.session_end, name="session_end"),
]

urlpatterns = [
    path("", include((people_routes, "people"))),
    path("invitation/<str:link>/", invitations.invitation_accept, name="invitation_accept"),
    path("forgotten-password/", passwords.password_forgotten, name="password_forgotten"),
    path("new-password/<str:uid>/<str:token>/", passwords.password_set, name="password_set"),
]
