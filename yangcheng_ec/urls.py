"""Addresses of pages and API (DESIGN §7)."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from yangcheng_ec import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("login/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path("", include("response.urls")),
    path("", include("directory.urls")),
    path("", include("incidents.urls")),
    path("", include("early_warning.urls")),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api-docs"),
    path("api/v1/", include("directory.api.urls")),
    path("api/v1/", include("incidents.api.urls")),
    path("api/v1/", include("early_warning.api.urls")),
    path("api/v1/", include("response.api.urls")),
    path("api/v1/", include("yangcheng_ec.api.urls")),
]

if settings.DEBUG:
    from yangcheng_ec.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
