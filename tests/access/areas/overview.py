"""All customers on one page: the provider's people see every one, a customer's see their own."""

MATRIX = {("GET", "customers:customer_list"): "ssf afa ffa aaa"}
