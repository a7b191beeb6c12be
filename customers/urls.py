from django.urls import path

from customers import views, views_till

urlpatterns = [
    path("me/", views.MeView.as_view(), name="me"),
    path("me/addresses/", views.AddressListView.as_view(), name="me-addresses"),
    path("me/addresses/<int:address_id>/", views.AddressView.as_view(), name="me-address"),
    path("me/links/", views.LinkListView.as_view(), name="me-links"),
    path("me/links/<uuid:challenge_id>/confirm/", views.LinkConfirmView.as_view(), name="me-link-confirm"),
    path("till/members/", views_till.TillMemberListView.as_view(), name="till-members"),
]
