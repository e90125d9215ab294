"""What no app answers under ``/api/v1/``: a 404 in the API's own words. Included last."""

from django.urls import URLPattern, re_path

from yangcheng_ec.api.views import NowhereView

urlpatterns: list[URLPattern] = [re_path(r"^.*$", NowhereView.as_view(), name="api-nowhere")]
