"""``Authorization: Token …``."""

from rest_framework import authentication


class TokenAuthentication(authentication.TokenAuthentication):
    """DRF's token authentication; its 401 carries ``WWW-Authenticate: Token``."""

    keyword = "Token"
