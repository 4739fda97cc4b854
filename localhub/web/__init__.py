"""The REST API on the standard library's HTTP server.

No framework on purpose: a client has to survive what a Go server does (connections closed with zero bytes,
answers cut after 15 s, no HEAD, no Range, plain text 404), and that must be done exactly.
"""
