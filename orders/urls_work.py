from django.urls import path

from orders import converters as converters  # `number`, by being imported
from orders import views_work

PART = "orders/<number:number>/fulfilments/<int:fulfilment_id>"

urlpatterns = [
    path("work/", views_work.WorkView.as_view(), name="work"),
    path(f"{PART}/accept/", views_work.AcceptView.as_view(), name="fulfilment-accept"),
    path(f"{PART}/pick/", views_work.PickView.as_view(), name="fulfilment-pick"),
    path(f"{PART}/pack/", views_work.PackView.as_view(), name="fulfilment-pack"),
    path(f"{PART}/ready/", views_work.ReadyView.as_view(), name="fulfilment-ready"),
    path(f"{PART}/hand-over/", views_work.CollectView.as_view(), name="fulfilment-hand-over"),
]
