"""Who one is: passwords, second factors, lock-out, proving it again, single sign-on."""
