"""All customers on one page, with how well each is protected."""
