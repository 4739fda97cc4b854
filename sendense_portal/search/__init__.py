"""One field that finds pages, virtual machines, backups, customers and what one may do with them."""
