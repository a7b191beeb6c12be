from django.urls import path

from storefront import views

app_name = "storefront"
urlpatterns = [
    path("", views.product_list, name="list"),
    path("products/<slug:code>/", views.product, name="product"),
    path("art/<slug:code>.svg", views.art, name="art"),
    path("cart/", views.cart, name="cart"),
    path("checkout/", views.checkout, name="checkout"),
    path("checkout/done/<str:number>/", views.order_done, name="done"),
    path("account/", views.points, name="points"),
    path("account/orders/", views.orders, name="orders"),
    path("account/orders/<str:number>/", views.order, name="order"),
    path("account/signin/", views.sign_in, name="signin"),
    path("account/signup/", views.sign_up, name="signup"),
    path("account/password/reset/", views.reset_password, name="reset"),
    path("account/password/reset/<str:key>/", views.reset_password, name="reset-key"),
    path("account/verify-email/", views.verify_email, name="verify"),
    path("account/verify-email/<str:key>/", views.verify_email, name="verify-key"),
    path("law/", views.law, name="law"),
]
