from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "sendense_portal.sign_in"

    def ready(self) -> None:
        from sendense_portal.approvals.registry import register
        from sendense_portal.sign_in.demands import set_up_first
        from sendense_portal.sign_in.proofs import confirm_first
        from sendense_portal.sign_in.removals import SECOND_FACTOR_REMOVAL
        from sendense_portal.sign_in.sessions import tied_to_customer
        from sendense_portal.sign_in.sso.facts import facts_for
        from sendense_portal.tenancy.access import add_condition, add_limit
        from sendense_portal.tenancy.facts import add_section

        add_limit(tied_to_customer)
        add_condition(set_up_first)
        add_condition(confirm_first)
        add_section(60, "sign_in/components/sso_section.html", facts_for)
        register(SECOND_FACTOR_REMOVAL)
