"""``auth/token/``: a name and a password for a token."""

from __future__ import annotations

from django.contrib.auth import authenticate
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers
from rest_framework.authtoken.models import Token
from rest_framework.request import Request
from rest_framework.response import Response

from yangcheng_ec.api.throttles import PasswordThrottle
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.errors import BadInput

__all__ = ["TokenView"]


class TokenInput(serializers.Serializer):
    """Account and password."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class TokenAnswer(serializers.Serializer):
    """The token, used as ``Authorization: Token …``."""

    token = serializers.CharField()


class TokenView(Endpoint):
    """Give a token."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)
    throttle_classes = (PasswordThrottle,)

    @extend_schema(summary="换取令牌", request=TokenInput, responses={200: TokenAnswer})
    def post(self, request: Request) -> Response:
        """Return the account's token; a wrong name or password is refused without saying which."""
        data = self.read(TokenInput)
        user = authenticate(request._request, username=data["username"], password=data["password"])
        if user is None:
            raise BadInput("账号或密码不对。", code="bad_credentials")
        token, _ = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})
