"""Addresses of the desk, responses, tasks, releases and signatures."""

from django.urls import URLPattern, URLResolver, include, path

from response.views import desk, releases, responses, signatures, tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("", desk.desk, name="desk"),
    path("desk/fragment/", desk.fragment, name="desk-fragment"),
    path("response/", responses.index, name="responses"),
    path("response/new/", responses.new, name="response-new"),
    path("response/tasks/", tasks.index, name="tasks"),
    path("response/tasks/acknowledge/", tasks.acknowledge_all, name="tasks-acknowledge"),
    path("response/tasks/<int:pk>/", tasks.show, name="task"),
    path("response/tasks/<int:pk>/<str:act>/", tasks.act, name="task-act"),
    path("public/releases/", releases.public_list, name="public-releases"),
    path("public/releases/<int:pk>/", releases.public_release, name="public-release"),
    path("response/releases/new/", releases.new, name="release-new"),
    path("response/releases/<int:pk>/<str:act>/", releases.act, name="release-act"),
    path("", include("response.running.urls")),
    path("response/<str:number>/", responses.show, name="response"),
    path("response/<str:number>/callouts/", responses.callouts, name="response-callouts"),
    path("response/<str:number>/brief/", responses.brief, name="response-brief"),
    path("response/<str:number>/shift/", responses.shift, name="response-shift"),
    path("response/<str:number>/<str:act>/", responses.act, name="response-act"),
    path("", include("response.aftermath.urls")),
    path("", include("response.drills.urls")),
    path("signatures/", signatures.index, name="signatures"),
    path("signatures/<int:pk>/", signatures.decide, name="signature-decide"),
]
