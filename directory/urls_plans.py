"""Addresses of the plans read online; included by ``directory.urls``."""

from django.urls import URLPattern, URLResolver, path

from directory.views import authority, callout_policy, ladders, plan_revisions, plans

urlpatterns: list[URLPattern | URLResolver] = [
    path("plans/", plans.plans, name="plans"),
    path("plans/<str:code>/", plans.plan, name="plan"),
    path("plans/<str:code>/charts.pdf", plans.plan_charts, name="plan-charts"),
    path("plans/<str:code>/revisions/", plan_revisions.revisions, name="plan-revisions"),
    path("plans/<str:code>/reviews/", plan_revisions.plan_review, name="plan-review"),
    path("plans/<str:code>/revisions/<int:pk>/", plan_revisions.revision, name="plan-revision"),
    path("plans/<str:code>/revisions/<int:pk>/compare/", plan_revisions.revision_compare, name="plan-compare"),
    path(
        "plans/<str:code>/revisions/<int:pk>/<slug:section>/new/",
        plan_revisions.revision_add,
        name="plan-revision-add",
    ),
    path(
        "plans/<str:code>/revisions/<int:pk>/<slug:section>/<int:row_id>/remove/",
        plan_revisions.revision_remove,
        name="plan-revision-remove",
    ),
    path(
        "plans/<str:code>/revisions/<int:pk>/<slug:section>/<int:row_id>/",
        plan_revisions.revision_edit,
        name="plan-revision-edit",
    ),
    *(
        path(
            f"plans/<str:code>/revisions/<int:pk>/{act}/",
            plan_revisions.revision_act,
            {"act": act},
            name=f"plan-revision-{act}",
        )
        for act in plan_revisions.ACTS
    ),
    path("plans/<str:code>/callout/", callout_policy.plan_callout, name="plan-callout"),
    path("plans/<str:code>/ladder/", ladders.plan_ladder, name="plan-ladder"),
    path("plans/<str:code>/authority/", authority.plan_authority, name="plan-authority"),
]
