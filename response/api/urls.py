"""Addresses under ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path

from response.api import drills, releases, responses, tasks

urlpatterns: list[URLPattern | URLResolver] = [
    path("drills/", drills.DrillsView.as_view()),
    path("drills/<str:number>/", drills.DrillView.as_view()),
    path("drills/<str:number>/approve/", drills.ApproveDrillView.as_view()),
    path("drills/<str:number>/return/", drills.ReturnDrillView.as_view()),
    path("drills/<str:number>/cancel/", drills.CancelDrillView.as_view()),
    path("drills/<str:number>/start/", drills.StartDrillView.as_view()),
    path("drills/<str:number>/end/", drills.EndDrillView.as_view()),
    path("drills/<str:number>/evaluate/", drills.EvaluateDrillView.as_view()),
    path("drills/<str:number>/injects/", drills.InjectsView.as_view()),
    path("drills/<str:number>/injects/<int:pk>/fire/", drills.FireInjectView.as_view()),
    path("drills/<str:number>/injects/<int:pk>/skip/", drills.SkipInjectView.as_view()),
    path("responses/", responses.ResponseList.as_view()),
    path("responses/<str:number>/", responses.ResponseDetail.as_view()),
    path("responses/<str:number>/confirm/", responses.ConfirmView.as_view()),
    path("responses/<str:number>/approve/", responses.ApproveView.as_view()),
    path("responses/<str:number>/return/", responses.ReturnView.as_view()),
    path("responses/<str:number>/withdraw/", responses.WithdrawView.as_view()),
    path("responses/<str:number>/escalate/", responses.EscalateView.as_view()),
    path("responses/<str:number>/lower/", responses.LowerView.as_view()),
    path("responses/<str:number>/handover/", responses.HandoverView.as_view()),
    path("responses/<str:number>/reinforce/", responses.ReinforceView.as_view()),
    path("responses/<str:number>/propose-end/", responses.ProposeEndView.as_view()),
    path("responses/<str:number>/end/", responses.EndView.as_view()),
    path("responses/<str:number>/tasks/", responses.AddTaskView.as_view()),
    path("tasks/", tasks.TaskList.as_view()),
    path("tasks/<int:pk>/", tasks.TaskDetail.as_view()),
    path("tasks/<int:pk>/acknowledge/", tasks.AcknowledgeView.as_view()),
    path("tasks/<int:pk>/feedback/", tasks.FeedbackView.as_view()),
    path("tasks/<int:pk>/complete/", tasks.CompleteView.as_view()),
    path("tasks/<int:pk>/return/", tasks.ReturnTaskView.as_view()),
    path("tasks/<int:pk>/reassign/", tasks.ReassignView.as_view()),
    path("releases/", releases.ReleaseList.as_view()),
    path("releases/<int:pk>/approve/", releases.ApproveReleaseView.as_view()),
    path("releases/<int:pk>/return/", releases.ReturnReleaseView.as_view()),
    path("releases/<int:pk>/publish/", releases.PublishReleaseView.as_view()),
]
