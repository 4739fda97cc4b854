"""Single sign-on with a customer's own OpenID provider, which is trusted for that customer alone."""
