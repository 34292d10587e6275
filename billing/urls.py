from django.urls import path

from billing import views, webhooks

app_name = "billing"
urlpatterns = [
    path("", views.plan, name="plan"),
    path("banner/", views.banner, name="banner"),
    path("checkout/", views.start_checkout, name="checkout"),
    path("return/", views.returned, name="returned"),
    path("portal/", views.portal, name="portal"),
    path("back/", views.back, name="back"),
    path("invoices/", views.invoices, name="invoices"),
    path("webhook", webhooks.receive, name="webhook"),
]
